// The Linux calls that Glibc's module does not expose or that want arrays of C structures: batched UDP, epoll,
// eventfd, interface addresses. Each function is a thin shell over one system call; policy lives in Swift.
#ifndef ROOST_CLINUX_H
#define ROOST_CLINUX_H

#include <stdint.h>
#include <stddef.h>

// An address as bytes: `family` is 4 or 6, `bytes` in network order (four or sixteen of them), `port` in host order.
typedef struct {
    uint8_t family;
    uint16_t port;
    uint8_t bytes[16];
    uint32_t scope;
} roost_address;

// Opens a non-blocking UDP socket bound to `address`. Returns the descriptor, or -errno.
// The buffer sizes are requests; what the kernel granted is stored in `granted_receive` (bytes).
int roost_udp_open(const roost_address *address, int receive_buffer, int send_buffer, int *granted_receive);

// The port a socket is bound to, or -errno.
int roost_udp_port(int descriptor);

// Datagrams that the kernel has dropped because the socket's buffer was full, or -errno.
int64_t roost_udp_drops(int descriptor);

// The arrays that recvmmsg and sendmmsg want, allocated once for `capacity` datagrams.
typedef struct roost_batch roost_batch;
roost_batch *roost_batch_create(int capacity);
void roost_batch_destroy(roost_batch *batch);

// One datagram that was received: `length` bytes at slab + offset, by the sender and at the time of a message.
typedef struct {
    uint32_t offset;
    uint16_t length;  // 0 for one that is longer than a datagram may be, or of an unknown family
    uint16_t message;
} roost_incoming;

// What a receive brought. The kernel may hand over several datagrams of one sender as one message.
typedef struct {
    int datagrams;
    int messages;
} roost_received;

// Receives up to the batch's capacity of messages without blocking. Message i lies at slab + i * stride; the datagrams that it
// is cut into are appended to `incoming`, which has room for `room` of them (what goes beyond that is left out), each at most
// `longest` bytes. The message's sender is in senders[i]; where `arrivals` is not NULL and the socket stamps, the wall clock's
// nanoseconds at which the kernel took it in, in arrivals[i]. Returns 0, or -errno. A batch belongs to one slab and one stride.
int roost_udp_receive(
    int descriptor, roost_batch *batch, uint8_t *slab, int stride, int longest, roost_incoming *incoming, int room,
    roost_address *senders, int64_t *arrivals, roost_received *received);

// Lets the kernel hand over datagrams of one sender and one length that came together as one message (UDP_GRO, Linux 5.0).
// Returns 0 or -errno; without it every datagram is a message.
int roost_udp_coalesce(int descriptor);

// Lets the kernel stamp each datagram with the time at which it came in. Returns 0 or -errno.
int roost_udp_stamp_arrivals(int descriptor);

// One datagram to send: `length` bytes at slab + offset.
typedef struct {
    uint32_t offset;
    uint16_t length;
    uint16_t destination;  // index into the destinations
} roost_outgoing;

// What became of a send.
typedef struct {
    int sent;      // datagrams the kernel took
    int lost;      // datagrams it refused, or had no room for
    int messages;  // messages they were packed into: runs of one size to one destination are one
    int calls;     // system calls it took
} roost_send_outcome;

// Sends `count` datagrams (at most the capacity), runs of them as one segmented send (UDP_SEGMENT, Linux 4.18). `segmentation`
// says how often that may still fail before it is given up; 0 sends each datagram by itself. A datagram that the kernel
// refuses is skipped; when the socket's buffer is full the rest is lost. Returns 0, or -errno where the socket is unusable.
int roost_udp_send(
    int descriptor, roost_batch *batch, const uint8_t *slab, const roost_outgoing *outgoing, int count,
    const roost_address *destinations, int destination_count, int *segmentation, roost_send_outcome *outcome);

// How many segmented sends in a row may be refused that can be done apart, before a socket gives up segmenting.
enum { ROOST_SEGMENTATION_TRUST = 8 };

// Whether the kernel knows segmented sends.
int roost_udp_can_segment(int descriptor);

// epoll with level-triggered reads only.
int roost_epoll_create(void);
int roost_epoll_add(int epoll, int descriptor);
// Waits up to `nanoseconds` (negative: for ever). Stores ready descriptors; returns their count, 0 on time-out or signal.
int roost_epoll_wait(int epoll, int64_t nanoseconds, int *ready, int capacity);

int roost_eventfd_create(void);
void roost_eventfd_signal(int descriptor);
void roost_eventfd_clear(int descriptor);

void roost_close(int descriptor);
// Bytes of heap that are in use, over all arenas of the allocator (mallinfo2). Walks its lists of free pieces.
uint64_t roost_heap_bytes(void);
// Bytes of memory the process has in RAM, 0 where the kernel does not say.
uint64_t roost_resident_bytes(void);
int64_t roost_monotonic_nanoseconds(void);
int64_t roost_realtime_nanoseconds(void);
int roost_thread_id(void);
void roost_thread_name(const char *name);
// Pins the calling thread to the n-th of the processors it may use. Returns 0 or -errno.
int roost_thread_pin(int index);
// Processors this process may use (affinity), at least 1.
int roost_processor_count(void);

// Lists interface addresses: calls back is avoided, results are stored. `flags` bit 0 up, bit 1 loopback, bit 2 point-to-point.
typedef struct {
    char name[32];
    roost_address address;
    uint32_t flags;
} roost_interface;
int roost_interfaces(roost_interface *out, int capacity);

#endif
