#include "ui/rate.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

double rate_step(double from, bool up, double least, double most, bool endless)
{
    static const double steps[] = {1, 2, 5};
    if (isnan(from))
        from = least;
    if (isinf(from))
        return up ? from : most;
    if (up && from >= most * 0.999)
        return endless ? INFINITY : most;
    double found = up ? most : least;
    for (int decade = -2; decade <= 7; decade++)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            double v = steps[i] * pow(10, decade);
            if (v < least * 0.999 || v > most * 1.001)
                continue;
            if (up && v > from * 1.001)
                return v;
            if (!up && v < from * 0.999)
                found = v;
        }
    return found;
}

bool rate_parse(const char *text, bool *is_speed, double *value, char *err, size_t err_cap)
{
    while (isspace((unsigned char)*text))
        text++;
    bool speed = *text == 'x' || *text == 'X';
    if (speed)
        text++;
    size_t len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    if (!speed && len == 3 && !strncasecmp(text, "max", 3)) {
        *is_speed = false;
        *value = INFINITY;
        return true;
    }
    /* strtod alone would also take "inf", "nan" and hexadecimal. */
    char *end = NULL;
    double v = strspn(text, "0123456789.") == len && len ? strtod(text, &end) : NAN;
    if (isnan(v) || end != text + len) {
        snprintf(err, err_cap, "0.1 to 1000000, max, or x1 to x100000");
        return false;
    }
    double least = speed ? SPEED_LEAST : RATE_LEAST, most = speed ? SPEED_MOST : RATE_MOST;
    if (v < least || v > most) {
        snprintf(err, err_cap,
                 speed ? "a speed is from x1 to x100000" : "a rate is from 0.1 to 1000000, or max");
        return false;
    }
    *is_speed = speed;
    *value = v;
    return true;
}
