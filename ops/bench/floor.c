// The floor of an SFU's hot path on this machine: receive an SRTP packet, decrypt it, and for each receiver copy it,
// encrypt it under that receiver's key, and send it. No protocol. Prints CPU microseconds for each forwarded packet.
//
//   cc -O3 -march=native floor.c -lcrypto -o floor && ./floor 50 20000 0 8
//
// Arguments: receivers, packets, gso (0 or 1), burst (packets the publisher sends back to back), packets a second, and whether the
// receivers take bursts whole (UDP_GRO; 0 or 1): on loopback the sender pays for its receivers' way in.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    HEADER = 12, PAYLOAD = 1100, TAG = 16, PACKET = HEADER + PAYLOAD + TAG,
    INBOUND = 64,    // datagrams a recvmmsg
    OUTBOUND = 512,  // packets gathered for one sendmmsg
    SLOT = 2048,
};

static double wall_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static double cpu_seconds(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

static void fail(const char *what) {
    fprintf(stderr, "%s failed\n", what);
    exit(1);
}

static EVP_CIPHER_CTX *make_context(int number, int encrypt) {
    uint8_t key[16];
    memset(key, number, sizeof key);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_CipherInit_ex(context, EVP_aes_128_gcm(), NULL, key, NULL, encrypt);
    return context;
}

// Encrypts or decrypts a packet where it is; its first four bytes are the nonce.
static void crypt_packet(EVP_CIPHER_CTX *context, uint8_t *packet, int encrypt) {
    uint8_t nonce[12] = {0};
    int length;
    memcpy(nonce, packet, 4);
    EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, encrypt);
    if (!encrypt) EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, packet + HEADER + PAYLOAD);
    EVP_CipherUpdate(context, NULL, &length, packet, HEADER);
    EVP_CipherUpdate(context, packet + HEADER, &length, packet + HEADER, PAYLOAD);
    if (EVP_CipherFinal_ex(context, packet + HEADER + PAYLOAD, &length) <= 0) fail("authentication");
    if (encrypt) EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, packet + HEADER + PAYLOAD);
}

static int make_socket(struct sockaddr_in *address) {
    int handle = socket(AF_INET, SOCK_DGRAM, 0), bytes = 8 << 20;
    setsockopt(handle, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    setsockopt(handle, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof *address;
    if (handle < 0 || bind(handle, (void *)address, length) || getsockname(handle, (void *)address, &length))
        fail("socket");
    return handle;
}

static void prepare_inbound(struct mmsghdr *messages, struct iovec *parts, uint8_t *buffers, size_t slot) {
    memset(messages, 0, INBOUND * sizeof *messages);
    for (int i = 0; i < INBOUND; i++) {
        parts[i] = (struct iovec){buffers + i * slot, slot};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
}

// Reads what the receivers get until nothing has come for a while, and counts it.
static void run_receivers(const int *sockets, int count, long expected) {
    // A message may be several packets.
    static uint8_t buffers[INBOUND][65536];
    struct mmsghdr messages[INBOUND];
    struct iovec parts[INBOUND];
    struct pollfd *waiting = calloc(count, sizeof *waiting);
    prepare_inbound(messages, parts, buffers[0], sizeof buffers[0]);
    for (int i = 0; i < count; i++) waiting[i] = (struct pollfd){sockets[i], POLLIN, 0};
    long received = 0;
    for (double last = wall_seconds(); wall_seconds() - last < 1.5;) {
        if (poll(waiting, count, 200) <= 0) continue;
        for (int i = 0; i < count; i++) {
            int got = waiting[i].revents ? recvmmsg(sockets[i], messages, INBOUND, MSG_DONTWAIT, NULL) : 0;
            for (int m = 0; m < got; m++) received += messages[m].msg_len / PACKET;
            if (got > 0) last = wall_seconds();
        }
    }
    printf("received %ld of %ld (%.2f %%)\n", received, expected, 100.0 * received / expected);
    fflush(stdout);
    _exit(0);
}

// Sends the packets in bursts, at a rate.
static void run_publisher(const struct sockaddr_in *to, int packets, int burst, double rate) {
    EVP_CIPHER_CTX *context = make_context(200, 1);
    struct sockaddr_in own;
    int handle = make_socket(&own);
    uint8_t packet[PACKET];
    double began = wall_seconds();
    for (int sent = 0; sent < packets;) {
        for (int i = 0; i < burst && sent < packets; i++, sent++) {
            memset(packet, 7, sizeof packet);
            memcpy(packet, &sent, sizeof sent);
            crypt_packet(context, packet, 1);
            sendto(handle, packet, sizeof packet, 0, (const void *)to, sizeof *to);
        }
        double early = began + sent / rate - wall_seconds();
        if (early > 0) usleep(early * 1e6);
    }
    _exit(0);
}

// What waits to be sent: packets one after the other, and messages that each name one of them, or a run of them.
struct outbox {
    uint8_t *packets;
    int packet_count, message_count;
    struct mmsghdr messages[OUTBOUND];
    struct iovec parts[OUTBOUND];
    char control[OUTBOUND][CMSG_SPACE(sizeof(uint16_t))];
    long sent, calls;
};

static void add_message(struct outbox *box, struct sockaddr_in *to, int first, int count) {
    int slot = box->message_count++;
    struct msghdr *header = &box->messages[slot].msg_hdr;
    box->parts[slot] = (struct iovec){box->packets + (size_t)first * PACKET, (size_t)count * PACKET};
    *header = (struct msghdr){
        .msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &box->parts[slot], .msg_iovlen = 1};
    if (count == 1) return;
    uint16_t size = PACKET;
    header->msg_control = box->control[slot];
    header->msg_controllen = sizeof box->control[slot];
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof size);
    memcpy(CMSG_DATA(control), &size, sizeof size);
}

static void flush_outbox(struct outbox *box, int handle) {
    for (int done = 0; done < box->message_count;) {
        int count = sendmmsg(handle, box->messages + done, box->message_count - done, 0);
        if (count < 0) {
            perror("sendmmsg");
            break;
        }
        box->calls++;
        done += count;
    }
    box->sent += box->packet_count;
    box->packet_count = box->message_count = 0;
}

int main(int argc, char **argv) {
    int receivers = argc > 1 ? atoi(argv[1]) : 50, packets = argc > 2 ? atoi(argv[2]) : 20000;
    int gso = argc > 3 ? atoi(argv[3]) : 0, burst = argc > 4 ? atoi(argv[4]) : 8;
    double rate = argc > 5 ? atof(argv[5]) : 1000;
    int coalesce = argc > 6 ? atoi(argv[6]) : 0;
    struct sockaddr_in own, *addresses = calloc(receivers, sizeof *addresses);
    int handle = make_socket(&own), *sockets = calloc(receivers, sizeof *sockets);
    EVP_CIPHER_CTX *incoming = make_context(200, 0), **outgoing = calloc(receivers, sizeof *outgoing);
    for (int i = 0; i < receivers; i++) {
        sockets[i] = make_socket(&addresses[i]);
        if (coalesce && setsockopt(sockets[i], SOL_UDP, UDP_GRO, &coalesce, sizeof coalesce)) fail("UDP_GRO");
        outgoing[i] = make_context(i, 1);
    }
    pid_t sink = fork();
    if (sink == 0) run_receivers(sockets, receivers, (long)receivers * packets);
    pid_t publisher = fork();
    if (publisher == 0) run_publisher(&own, packets, burst, rate);

    static uint8_t buffers[INBOUND][SLOT];
    static struct outbox box;
    struct mmsghdr messages[INBOUND];
    struct iovec parts[INBOUND];
    prepare_inbound(messages, parts, buffers[0], sizeof buffers[0]);
    box.packets = malloc((size_t)OUTBOUND * PACKET);
    long done = 0, reads = 0;
    double began = 0;
    struct pollfd waiting = {handle, POLLIN, 0};
    while (done < packets && poll(&waiting, 1, 2000) > 0) {
        if (began == 0) began = cpu_seconds();
        int count = recvmmsg(handle, messages, INBOUND, MSG_DONTWAIT, NULL);
        if (count <= 0) continue;
        reads++;
        for (int i = 0; i < count; i++) crypt_packet(incoming, buffers[i], 0);
        for (int receiver = 0; receiver < receivers; receiver++) {
            if (box.packet_count + count > OUTBOUND) flush_outbox(&box, handle);
            // All of a burst for one receiver, so that segmentation can join it.
            int first = box.packet_count;
            for (int i = 0; i < count; i++) {
                uint8_t *packet = box.packets + (size_t)box.packet_count++ * PACKET;
                memcpy(packet, buffers[i], HEADER + PAYLOAD);
                crypt_packet(outgoing[receiver], packet, 1);
                if (!gso) add_message(&box, &addresses[receiver], first + i, 1);
            }
            if (gso) add_message(&box, &addresses[receiver], first, count);
        }
        flush_outbox(&box, handle);
        done += count;
    }
    double used = cpu_seconds() - began;
    printf("receivers %d, burst %d, gso %d: %ld packets forwarded, %.3f s CPU, %.3f us each, %.1f in a recvmmsg, %.1f out a sendmmsg\n",
        receivers, burst, gso, box.sent, used, used * 1e6 / box.sent, (double)done / reads,
        (double)box.sent / box.calls);
    fflush(stdout);
    waitpid(publisher, NULL, 0);
    waitpid(sink, NULL, 0);
    return 0;
}
