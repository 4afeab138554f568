#include "ui/plain_keys.h"
#include "ui/keymap.h"

#include <stdint.h>
#include <string.h>

/* What terminals send for the keys that are no characters, behind ESC. */
static const struct {
    const char *bytes;
    int key;
} sequences[] = {
    {"[A", K_UP},       {"[B", K_DOWN},     {"[C", K_RIGHT},     {"[D", K_LEFT},      {"OA", K_UP},
    {"OB", K_DOWN},     {"OC", K_RIGHT},    {"OD", K_LEFT},      {"[H", K_HOME},      {"[F", K_END},
    {"OH", K_HOME},     {"OF", K_END},      {"[1~", K_HOME},     {"[4~", K_END},      {"[5~", K_PGUP},
    {"[6~", K_PGDN},    {"[2~", K_INSERT},  {"[3~", K_DELETE},   {"[Z", K_BACKTAB},   {"OP", K_F1},
    {"OQ", K_F1 + 1},   {"OR", K_F1 + 2},   {"OS", K_F1 + 3},    {"[[A", K_F1},       {"[[B", K_F1 + 1},
    {"[[C", K_F1 + 2},  {"[[D", K_F1 + 3},  {"[11~", K_F1},      {"[12~", K_F1 + 1},  {"[13~", K_F1 + 2},
    {"[14~", K_F1 + 3}, {"[15~", K_F1 + 4}, {"[17~", K_F1 + 5},  {"[18~", K_F1 + 6},  {"[19~", K_F1 + 7},
    {"[20~", K_F1 + 8}, {"[21~", K_F1 + 9}, {"[23~", K_F1 + 10}, {"[24~", K_F1 + 11},
};

/* The end of an escape sequence that is none of those: nothing of it may become a key. */
static size_t sequence_length(const char *bytes, size_t len)
{
    size_t i = 2;
    if (len < 2 || (bytes[1] != '[' && bytes[1] != 'O'))
        return 1;
    while (i < len && (unsigned char)bytes[i] >= 0x20 && (unsigned char)bytes[i] < 0x40)
        i++;
    return i < len ? i + 1 : i;
}

static int character(const char *bytes, size_t len, size_t *used)
{
    const unsigned char *s = (const unsigned char *)bytes;
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC2 ? 2 : 0;
    uint32_t c = n == 1 ? s[0] : s[0] & (0xFFu >> (n + 1));
    *used = 1;
    if (!n || n > len)
        return K_NONE;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return K_NONE;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    *used = n;
    return c < K_SPECIAL ? (int)c : K_NONE;
}

int plain_key(const char *bytes, size_t len, size_t *used)
{
    *used = 0;
    if (!len)
        return K_NONE;
    if (*bytes != '\033') {
        int key = character(bytes, len, used);
        return key == '\n' ? K_ENTER : key == 8 ? K_BACKSPACE : key;
    }
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        size_t n = strlen(sequences[i].bytes);
        if (len > n && !memcmp(bytes + 1, sequences[i].bytes, n)) {
            *used = n + 1;
            return sequences[i].key;
        }
    }
    *used = sequence_length(bytes, len);
    return *used == 1 ? K_ESC : K_NONE;
}
