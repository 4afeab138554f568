#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_web.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUESTION_BYTES = 2000, LOOK_MS = 10, ENDLESS_BLOCKS = 4000 };

struct fake_web {
    int listener, port;
    pthread_t thread;
    _Atomic int manner;
    _Atomic bool stop;
    _Atomic long asked;
};

char *web_answer(const char *name)
{
    const char *source = getenv("TEST_SOURCE");
    char *path = xasprintf("%s/tests/unit/spark/answers/%s.json", source ? source : ".", name);
    FILE *f = fopen(path, "re");
    struct strbuf b = {0};
    char block[4096];
    if (!f)
        fail_msg("%s is not there", path);
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        strbuf_add(&b, block, n);
    (void)fclose(f);
    free(path);
    return b.data;
}

/* The recorded answer to a question; NULL: there is none. */
static const char *answer_for(const char *path)
{
    static const struct {
        const char *end, *name;
    } pages[] = {{"/json/", "master"},
                 {"/applications", "applications"},
                 {"/jobs", "jobs"},
                 {"/stages", "stages"},
                 {"/allexecutors", "allexecutors"}};
    size_t len = strcspn(path, "? ");
    if (strstr(path, "/sql?"))
        return "sql";
    if (strstr(path, "/sql/"))
        return "sql1";
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        size_t n = strlen(pages[i].end);
        if (len >= n && strncmp(path + len - n, pages[i].end, n) == 0)
            return pages[i].name;
    }
    return NULL;
}

static bool put(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static void put_page(int fd, const char *status, const char *body, size_t len)
{
    char head[200];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: "
                     "close\r\n\r\n",
                     status, len);
    if (put(fd, head, (size_t)n))
        (void)put(fd, body, len);
}

static void put_endless(struct fake_web *w, int fd)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[";
    static char block[8192];
    memset(block, ' ', sizeof block);
    bool open = put(fd, head, sizeof head - 1);
    for (int i = 0; open && i < ENDLESS_BLOCKS && !atomic_load(&w->stop); i++)
        open = put(fd, block, sizeof block);
}

static void answer(struct fake_web *w, int fd)
{
    char question[QUESTION_BYTES] = "";
    ssize_t n = recv(fd, question, sizeof question - 1, 0);
    const char *path = n > 4 && strncmp(question, "GET ", 4) == 0 ? question + 4 : "";
    const char *name = answer_for(path);
    enum manner manner = (enum manner)atomic_load(&w->manner);
    atomic_fetch_add(&w->asked, 1);
    bool sql = name && strncmp(name, "sql", 3) == 0;
    if (manner == WEB_CLOSED)
        return;
    if (manner == WEB_MUTE) {
        while (atomic_load(&w->manner) == WEB_MUTE && !atomic_load(&w->stop))
            (void)poll(NULL, 0, LOOK_MS);
    } else if (manner == WEB_ENDLESS) {
        put_endless(w, fd);
    } else if (!name || manner == WEB_NOT_FOUND || (manner == WEB_NO_SQL && sql)) {
        put_page(fd, "404 Not Found", "no such page", 12);
    } else if (manner == WEB_OTHER_JSON) {
        put_page(fd, "200 OK", "{\"weather\": 17}", 15);
    } else {
        char *body = web_answer(name);
        put_page(fd, "200 OK", body, manner == WEB_BROKEN_JSON ? strlen(body) / 2 : strlen(body));
        free(body);
    }
}

static void *serve(void *arg)
{
    struct fake_web *w = arg;
    struct pollfd p = {.fd = w->listener, .events = POLLIN};
    while (!atomic_load(&w->stop)) {
        if (poll(&p, 1, LOOK_MS) <= 0)
            continue;
        int fd = accept(w->listener, NULL, NULL);
        if (fd < 0)
            continue;
        answer(w, fd);
        close(fd);
    }
    return NULL;
}

struct fake_web *web_start(void)
{
    struct fake_web *w = xcalloc(1, sizeof *w);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(w->listener >= 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(w->listener, 16), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&at, &len), 0);
    w->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&w->thread, NULL, serve, w), 0);
    return w;
}

void web_stop(struct fake_web *w)
{
    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
    close(w->listener);
    free(w);
}

void web_behave(struct fake_web *w, enum manner manner)
{
    atomic_store(&w->manner, manner);
}

int web_port(const struct fake_web *w)
{
    return w->port;
}

long web_asked(const struct fake_web *w)
{
    return atomic_load(&w->asked);
}
