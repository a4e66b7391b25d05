#ifndef ROOST_CUSRSCTP_H
#define ROOST_CUSRSCTP_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <usrsctp.h>

// What Swift cannot call or write down itself: variadic callbacks, trailing arrays, and long option structures.

typedef int (*roost_sctp_output)(void *id, void *packet, size_t length, uint8_t tos, uint8_t set_df);
typedef int (*roost_sctp_input)(
    struct socket *socket, union sctp_sockstore from, void *data, size_t length, struct sctp_rcvinfo info, int flags,
    void *id);

static inline void roost_sctp_init(roost_sctp_output output) {
    // No port: packets come from DTLS (RFC 8261). No threads: timers run when they are told to.
    usrsctp_init_nothreads(0, output, NULL);
    // One path, which DTLS guards: nothing to learn about addresses, nothing to authenticate, no ECN bits to see.
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    usrsctp_sysctl_set_sctp_nrsack_enable(0);
    usrsctp_sysctl_set_sctp_pktdrop_enable(0);
    // Packets for associations that are gone are answered with an ABORT (RFC 9260 §8.4); the first one may have been lost.
    usrsctp_sysctl_set_sctp_blackhole(0);
}

// Frees what usrsctp allocated for a callback.
static inline void roost_sctp_free(void *bytes) { free(bytes); }

static inline int roost_sctp_option(struct socket *socket, int name, const void *value, socklen_t length) {
    return usrsctp_setsockopt(socket, IPPROTO_SCTP, name, value, length);
}

// A socket for one association, with its options set; NULL if any of that failed.
static inline struct socket *roost_sctp_open(void *id, roost_sctp_input input, uint16_t streams, int buffer) {
    struct socket *socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, input, NULL, 0, id);
    if (!socket) return NULL;
    struct linger abort_at_close = {.l_onoff = 1, .l_linger = 0};
    uint32_t on = 1;
    struct sctp_assoc_value reset = {.assoc_id = SCTP_ALL_ASSOC, .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ};
    struct sctp_initmsg init = {.sinit_num_ostreams = streams, .sinit_max_instreams = streams};
    // Half a minute without an answer ends an association; the path's consent runs out at the same time (RFC 7675).
    struct sctp_rtoinfo timing = {.srto_initial = 500, .srto_max = 4000, .srto_min = 200};
    int failed = usrsctp_set_non_blocking(socket, 1) < 0
        || usrsctp_setsockopt(socket, SOL_SOCKET, SO_LINGER, &abort_at_close, sizeof abort_at_close) < 0
        || usrsctp_setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) < 0
        || usrsctp_setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) < 0
        || roost_sctp_option(socket, SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset) < 0
        || roost_sctp_option(socket, SCTP_INITMSG, &init, sizeof init) < 0
        || roost_sctp_option(socket, SCTP_RTOINFO, &timing, sizeof timing) < 0
        || roost_sctp_option(socket, SCTP_NODELAY, &on, sizeof on) < 0;
    uint16_t events[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT};
    for (size_t index = 0; index < sizeof events / sizeof events[0]; index++) {
        struct sctp_event event = {.se_assoc_id = SCTP_ALL_ASSOC, .se_type = events[index], .se_on = 1};
        failed = failed || roost_sctp_option(socket, SCTP_EVENT, &event, sizeof event) < 0;
    }
    if (!failed) return socket;
    usrsctp_close(socket);
    return NULL;
}

static inline struct sockaddr_conn roost_sctp_address(void *id, uint16_t port) {
    struct sockaddr_conn address;
    memset(&address, 0, sizeof address);
    address.sconn_family = AF_CONN;
    address.sconn_port = (uint16_t)(port << 8 | port >> 8);
    address.sconn_addr = id;
    return address;
}

// Sends the INIT. `space` is what a packet has for chunks, bytes. 0, or the error.
static inline int roost_sctp_connect(
    struct socket *socket, void *id, uint16_t local_port, uint16_t remote_port, uint32_t space) {
    struct sockaddr_conn local = roost_sctp_address(id, local_port), remote = roost_sctp_address(id, remote_port);
    if (usrsctp_bind(socket, (struct sockaddr *)&local, sizeof local) < 0) return errno;
    if (usrsctp_connect(socket, (struct sockaddr *)&remote, sizeof remote) < 0 && errno != EINPROGRESS) return errno;
    struct sctp_paddrparams path;
    memset(&path, 0, sizeof path);
    memcpy(&path.spp_address, &remote, sizeof remote);
    path.spp_flags = SPP_PMTUD_DISABLE;
    path.spp_pathmtu = space;
    return roost_sctp_option(socket, SCTP_PEER_ADDR_PARAMS, &path, sizeof path) < 0 ? errno : 0;
}

// 0, or the error. `ppid` is in host order. `policy` is SCTP_PR_SCTP_NONE, _TTL (milliseconds) or _RTX (times).
static inline int roost_sctp_send(
    struct socket *socket, const void *bytes, size_t length, uint16_t stream, uint32_t ppid, int is_ordered,
    uint16_t policy, uint32_t value) {
    struct sctp_sendv_spa info;
    memset(&info, 0, sizeof info);
    info.sendv_flags = SCTP_SEND_SNDINFO_VALID;
    info.sendv_sndinfo.snd_sid = stream;
    info.sendv_sndinfo.snd_ppid = __builtin_bswap32(ppid);
    info.sendv_sndinfo.snd_flags = SCTP_EOR | (is_ordered ? 0 : SCTP_UNORDERED);
    if (policy != SCTP_PR_SCTP_NONE) {
        info.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        info.sendv_prinfo.pr_policy = policy;
        info.sendv_prinfo.pr_value = value;
    }
    ssize_t sent = usrsctp_sendv(socket, bytes, length, NULL, 0, &info, sizeof info, SCTP_SENDV_SPA, 0);
    return sent < 0 ? errno : 0;
}

// Ends our direction of a stream (RFC 6525 §4.1). 0, or the error.
static inline int roost_sctp_reset_stream(struct socket *socket, uint16_t stream) {
    union {
        struct sctp_reset_streams request;
        uint8_t bytes[sizeof(struct sctp_reset_streams) + sizeof(uint16_t)];
    } reset;
    memset(&reset, 0, sizeof reset);
    reset.request.srs_assoc_id = SCTP_ALL_ASSOC;
    reset.request.srs_flags = SCTP_STREAM_RESET_OUTGOING;
    reset.request.srs_number_streams = 1;
    reset.request.srs_stream_list[0] = stream;
    return roost_sctp_option(socket, SCTP_RESET_STREAMS, &reset, sizeof reset.bytes) < 0 ? errno : 0;
}

#endif
