#define _GNU_SOURCE
#include "CLinux.h"

#include <stdio.h>
#include <malloc.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// What a segmented send says beside its bytes, and what a receive may.
enum { control_size = CMSG_SPACE(sizeof(uint16_t)), arrival_size = CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(int)) };

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

struct roost_batch {
    int capacity;
    int used;  // descriptions that the last receive has written over
    struct mmsghdr *messages;
    struct iovec *vectors;
    struct sockaddr_in6 *names;
    socklen_t *name_lengths;
    char *controls;
};

static socklen_t to_kernel(const roost_address *address, struct sockaddr_in6 *out) {
    memset(out, 0, sizeof *out);
    if (address->family == 4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)out;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address->port);
        memcpy(&v4->sin_addr, address->bytes, 4);
        return sizeof *v4;
    }
    out->sin6_family = AF_INET6;
    out->sin6_port = htons(address->port);
    out->sin6_scope_id = address->scope;
    memcpy(&out->sin6_addr, address->bytes, 16);
    return sizeof *out;
}

static int from_kernel(const struct sockaddr *name, roost_address *out) {
    if (name->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)name;
        out->family = 4;
        out->port = ntohs(v4->sin_port);
        memcpy(out->bytes, &v4->sin_addr, 4);
        memset(out->bytes + 4, 0, 12);
        out->scope = 0;
        return 0;
    }
    if (name->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)name;
        out->family = 6;
        out->port = ntohs(v6->sin6_port);
        out->scope = v6->sin6_scope_id;
        memcpy(out->bytes, &v6->sin6_addr, 16);
        return 0;
    }
    return -1;
}

int roost_udp_open(const roost_address *address, int receive_buffer, int send_buffer, int *granted_receive) {
    struct sockaddr_in6 name;
    socklen_t length = to_kernel(address, &name);
    int descriptor = socket(name.sin6_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int on = 1;
    if (name.sin6_family == AF_INET6) setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    // FORCE goes beyond rmem_max where the process may (CAP_NET_ADMIN); otherwise the kernel's limit applies.
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) < 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer, sizeof send_buffer) < 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    if (bind(descriptor, (struct sockaddr *)&name, length) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    int granted = 0;
    socklen_t size = sizeof granted;
    getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &granted, &size);
    *granted_receive = granted / 2;  // the kernel reports twice what it grants, for its own book-keeping
    return descriptor;
}

int roost_udp_can_segment(int descriptor) {
    int size = 0;
    socklen_t length = sizeof size;
    return getsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &size, &length) == 0;
}

int roost_udp_port(int descriptor) {
    struct sockaddr_in6 name;
    socklen_t length = sizeof name;
    if (getsockname(descriptor, (struct sockaddr *)&name, &length) < 0) return -errno;
    return ntohs(name.sin6_port);  // the port lies at the same place in both families
}

int64_t roost_udp_drops(int descriptor) {
    uint32_t figures[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof figures;
    if (getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, figures, &length) < 0) return -errno;
    return figures[SK_MEMINFO_DROPS];
}

roost_batch *roost_batch_create(int capacity) {
    roost_batch *batch = calloc(1, sizeof *batch);
    if (!batch) abort();
    batch->capacity = capacity;
    batch->used = capacity;
    batch->messages = calloc((size_t)capacity, sizeof *batch->messages);
    batch->vectors = calloc((size_t)capacity, sizeof *batch->vectors);
    batch->names = calloc((size_t)capacity, sizeof *batch->names);
    batch->name_lengths = calloc((size_t)capacity, sizeof *batch->name_lengths);
    batch->controls = calloc((size_t)capacity, arrival_size);  // the longer one
    if (!batch->messages || !batch->vectors || !batch->names || !batch->name_lengths || !batch->controls) abort();
    return batch;
}

void roost_batch_destroy(roost_batch *batch) {
    free(batch->messages);
    free(batch->vectors);
    free(batch->names);
    free(batch->name_lengths);
    free(batch->controls);
    free(batch);
}

// Writes the descriptions of the next `count` messages to receive. What a receive did not use needs no second writing.
static void prepare(roost_batch *batch, int count, uint8_t *slab, int stride) {
    for (int i = 0; i < count; i++) {
        batch->vectors[i].iov_base = slab + (size_t)i * (size_t)stride;
        batch->vectors[i].iov_len = (size_t)stride;
        struct msghdr *header = &batch->messages[i].msg_hdr;
        header->msg_name = &batch->names[i];
        header->msg_namelen = sizeof batch->names[i];
        header->msg_iov = &batch->vectors[i];
        header->msg_iovlen = 1;
        header->msg_control = batch->controls + (size_t)i * arrival_size;
        header->msg_controllen = arrival_size;
        header->msg_flags = 0;
    }
}

int roost_udp_stamp_arrivals(int descriptor) {
    int on = 1;
    return setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0 ? -errno : 0;
}

int roost_udp_coalesce(int descriptor) {
    int on = 1;
    return setsockopt(descriptor, SOL_UDP, UDP_GRO, &on, sizeof on) < 0 ? -errno : 0;
}

// When the kernel took a message in, or 0 where it does not say, and the length of its datagrams, or 0 if it is one.
static void read_controls(struct msghdr *header, int64_t *arrival, int *segment) {
    *arrival = 0;
    *segment = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            *arrival = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
        } else if (part->cmsg_level == SOL_UDP && part->cmsg_type == UDP_GRO) {
            memcpy(segment, CMSG_DATA(part), sizeof *segment);
        }
    }
}

int roost_udp_receive(
    int descriptor, roost_batch *batch, uint8_t *slab, int stride, int longest, roost_incoming *incoming, int room,
    roost_address *senders, int64_t *arrivals, roost_received *received) {
    // A batch has one slab and is asked the same way each time.
    prepare(batch, batch->used, slab, stride);
    batch->used = 0;
    received->datagrams = received->messages = 0;
    int count = recvmmsg(descriptor, batch->messages, (unsigned)batch->capacity, MSG_DONTWAIT, NULL);
    if (count < 0) {
        // ECONNREFUSED is an earlier send's ICMP answer: it says nothing about what is waiting here.
        return errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED ? 0 : -errno;
    }
    batch->used = count;
    int datagrams = 0;
    for (int i = 0; i < count; i++) {
        struct msghdr *header = &batch->messages[i].msg_hdr;
        int64_t arrival;
        int segment;
        read_controls(header, &arrival, &segment);
        if (arrivals) arrivals[i] = arrival;
        int usable = !(header->msg_flags & MSG_TRUNC) && from_kernel(header->msg_name, &senders[i]) == 0;
        int left = (int)batch->messages[i].msg_len;
        uint32_t offset = (uint32_t)i * (uint32_t)stride;
        if (segment <= 0) segment = left;
        do {
            int length = left < segment ? left : segment;
            if (datagrams >= room) break;
            incoming[datagrams++] = (roost_incoming){
                .offset = offset, .length = usable && length <= longest ? (uint16_t)length : 0, .message = (uint16_t)i};
            offset += (uint32_t)length;
            left -= length;
        } while (left > 0);
    }
    received->datagrams = datagrams;
    received->messages = count;
    return 0;
}

// The kernel's bounds for one segmented send: segments, and bytes of the UDP payload they are cut from.
enum { max_segments = 64, max_segmented_bytes = 65000 };

// Sends the segments of a run one by one, after the kernel refused them together. Returns how many it took.
static int send_apart(int descriptor, const struct mmsghdr *run) {
    int sent = 0;
    for (size_t i = 0; i < run->msg_hdr.msg_iovlen; i++) {
        struct msghdr one = run->msg_hdr;
        one.msg_iov = run->msg_hdr.msg_iov + i;
        one.msg_iovlen = 1;
        one.msg_control = NULL;
        one.msg_controllen = 0;
        if (sendmsg(descriptor, &one, MSG_DONTWAIT) >= 0) sent++;
    }
    return sent;
}

// Makes one message of the datagrams from `first` on that go to one destination and have one size; the last may be shorter.
// Returns the number of the datagram behind them.
static int make_run(
    roost_batch *batch, struct mmsghdr *message, const roost_outgoing *outgoing, int first, int count, int segments) {
    struct msghdr *header = &message->msg_hdr;
    int end = first + 1;
    size_t bytes = outgoing[first].length;
    while (end < count && end - first < segments && outgoing[end].destination == outgoing[first].destination
           && outgoing[end - 1].length == outgoing[first].length && outgoing[end].length <= outgoing[first].length
           && bytes + outgoing[end].length <= max_segmented_bytes) {
        bytes += outgoing[end].length;
        end++;
    }
    header->msg_name = &batch->names[outgoing[first].destination];
    header->msg_namelen = batch->name_lengths[outgoing[first].destination];
    header->msg_iov = &batch->vectors[first];
    header->msg_iovlen = (size_t)(end - first);
    header->msg_control = NULL;
    header->msg_controllen = 0;
    header->msg_flags = 0;
    if (end - first > 1) {
        char *control = batch->controls + (size_t)(message - batch->messages) * control_size;
        header->msg_control = control;
        header->msg_controllen = control_size;
        struct cmsghdr *item = CMSG_FIRSTHDR(header);
        item->cmsg_level = SOL_UDP;
        item->cmsg_type = UDP_SEGMENT;
        item->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        memcpy(CMSG_DATA(item), &outgoing[first].length, sizeof(uint16_t));
    }
    return end;
}

int roost_udp_send(
    int descriptor, roost_batch *batch, const uint8_t *slab, const roost_outgoing *outgoing, int count,
    const roost_address *destinations, int destination_count, int *segmentation, roost_send_outcome *outcome) {
    if (count > batch->capacity) count = batch->capacity;
    for (int i = 0; i < destination_count; i++)
        batch->name_lengths[i] = to_kernel(&destinations[i], &batch->names[i]);
    int messages = 0;
    for (int i = 0; i < count; messages++) {
        int end = make_run(batch, &batch->messages[messages], outgoing, i, count, *segmentation > 0 ? max_segments : 1);
        for (; i < end; i++) {
            batch->vectors[i].iov_base = (void *)(slab + outgoing[i].offset);
            batch->vectors[i].iov_len = outgoing[i].length;
        }
    }
    memset(outcome, 0, sizeof *outcome);
    outcome->messages = messages;
    int done = 0;
    while (done < messages) {
        int sent = sendmmsg(descriptor, batch->messages + done, (unsigned)(messages - done), MSG_DONTWAIT);
        outcome->calls++;
        if (sent > 0) {
            for (int i = 0; i < sent; i++) {
                size_t datagrams = batch->messages[done + i].msg_hdr.msg_iovlen;
                outcome->sent += (int)datagrams;
                // It can be done, so what refused before was on one destination's way.
                if (datagrams > 1) *segmentation = ROOST_SEGMENTATION_TRUST;
            }
            done += sent;
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        if (errno == EBADF || errno == ENOTSOCK) return -errno;
        // sendmmsg stops at the first message that fails: that one apart or not at all, the others go to other peers.
        const struct mmsghdr *refused = &batch->messages[done];
        if (refused->msg_hdr.msg_iovlen > 1) {
            int apart = send_apart(descriptor, refused);
            // Apart it works: then it is the segmenting that the kernel or the device cannot do.
            if (apart > 0 && --*segmentation < 0) *segmentation = 0;
            outcome->sent += apart;
        }
        done++;
    }
    outcome->lost = count - outcome->sent;
    return 0;
}

int roost_epoll_create(void) {
    int descriptor = epoll_create1(EPOLL_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int roost_epoll_add(int epoll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int roost_epoll_wait(int epoll, int64_t nanoseconds, int *ready, int capacity) {
    struct epoll_event events[32];
    if (capacity > 32) capacity = 32;
    struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int count = epoll_pwait2(epoll, events, capacity, nanoseconds < 0 ? NULL : &time, NULL);
    if (count < 0 && errno == ENOSYS)  // before Linux 5.11
        count = epoll_wait(epoll, events, capacity, nanoseconds < 0 ? -1 : (int)((nanoseconds + 999999) / 1000000));
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) ready[i] = events[i].data.fd;
    return count;
}

int roost_eventfd_create(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

void roost_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void roost_eventfd_clear(int descriptor) {
    uint64_t value;
    ssize_t ignored = read(descriptor, &value, sizeof value);
    (void)ignored;
}

void roost_close(int descriptor) { close(descriptor); }

static int64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

uint64_t roost_heap_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

uint64_t roost_resident_bytes(void) {
    char text[128];
    int descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    ssize_t length = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    if (length <= 0) return 0;
    text[length] = 0;
    unsigned long long total = 0, resident = 0;
    if (sscanf(text, "%llu %llu", &total, &resident) != 2) return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

int64_t roost_monotonic_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }
int64_t roost_realtime_nanoseconds(void) { return nanoseconds(CLOCK_REALTIME); }
int roost_thread_id(void) { return (int)syscall(SYS_gettid); }
void roost_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

int roost_thread_pin(int index) {
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) return -errno;
    CPU_ZERO(&one);
    for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        if (seen++ == index % CPU_COUNT(&allowed)) {
            CPU_SET(cpu, &one);
            break;
        }
    }
    return sched_setaffinity(0, sizeof one, &one) < 0 ? -errno : 0;
}

int roost_processor_count(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) return 1;
    int count = CPU_COUNT(&allowed);
    return count > 0 ? count : 1;
}

int roost_interfaces(roost_interface *out, int capacity) {
    struct ifaddrs *list = NULL;
    if (getifaddrs(&list) < 0) return -errno;
    int count = 0;
    for (struct ifaddrs *entry = list; entry && count < capacity; entry = entry->ifa_next) {
        if (!entry->ifa_addr || from_kernel(entry->ifa_addr, &out[count].address) < 0) continue;
        strncpy(out[count].name, entry->ifa_name, sizeof out[count].name - 1);
        out[count].name[sizeof out[count].name - 1] = 0;
        out[count].flags = (entry->ifa_flags & IFF_UP ? 1u : 0) | (entry->ifa_flags & IFF_LOOPBACK ? 2u : 0)
            | (entry->ifa_flags & IFF_POINTOPOINT ? 4u : 0);
        count++;
    }
    freeifaddrs(list);
    return count;
}
