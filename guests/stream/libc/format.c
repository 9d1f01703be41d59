/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: printing into a buffer. */
#include "format.h"

#include <stdbool.h>
#include <stdint.h>

struct output {
    char *buf;
    size_t size, length; /* length of the whole text, fitting or not */
};

struct spec {
    bool left, zeros, is_signed, is_long;
    int width, precision; /* precision -1: none */
    unsigned base;
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->size)
        out->buf[out->length] = c;
    out->length++;
}

static void put_padded(struct output *out, const struct spec *spec, const char *text, int length)
{
    int pad = spec->width - length;

    for (; !spec->left && pad > 0; pad--)
        put(out, spec->zeros ? '0' : ' ');
    for (int i = 0; i < length; i++)
        put(out, text[i]);
    for (; pad > 0; pad--)
        put(out, ' ');
}

static void put_number(struct output *out, const struct spec *spec, uint64_t value)
{
    char digits[24];
    int at = (int)sizeof(digits);
    bool negative = spec->is_signed && (int64_t)value < 0;
    struct spec rest = *spec;

    if (negative)
        value = 0 - value;
    do {
        digits[--at] = "0123456789abcdef"[value % spec->base];
        value /= spec->base;
    } while (value);
    if (negative && spec->zeros) {
        put(out, '-'); /* before the zeros */
        rest.width--;
    } else if (negative) {
        digits[--at] = '-';
    }
    put_padded(out, &rest, digits + at, (int)sizeof(digits) - at);
}

static void put_string(struct output *out, struct spec *spec, const char *text)
{
    int length = 0;

    text = text ? text : "(null)";
    while ((spec->precision < 0 || length < spec->precision) && text[length])
        length++;
    spec->zeros = false;
    put_padded(out, spec, text, length);
}

static uint64_t take_integer(const struct spec *spec, va_list *args)
{
    if (spec->is_long)
        return va_arg(*args, uint64_t);
    return spec->is_signed ? (uint64_t)(int64_t)va_arg(*args, int) : va_arg(*args, unsigned);
}

static int parse_number(const char **format, va_list *args)
{
    int number = 0;

    if (**format == '*') {
        (*format)++;
        return va_arg(*args, int);
    }
    while (**format >= '0' && **format <= '9')
        number = number * 10 + *(*format)++ - '0';
    return number;
}

static struct spec parse_spec(const char **format, va_list *args)
{
    struct spec spec = {.precision = -1, .base = 10};

    for (; **format == '-' || **format == '0'; (*format)++) {
        spec.left |= **format == '-';
        spec.zeros |= **format == '0';
    }
    spec.zeros &= !spec.left;
    spec.width = parse_number(format, args);
    if (**format == '.') {
        (*format)++;
        spec.precision = parse_number(format, args);
    }
    for (; **format == 'l' || **format == 'z'; (*format)++)
        spec.is_long = true;
    return spec;
}

/* Prints one conversion; format is behind its '%', and in the end behind all of it. */
static void convert(struct output *out, const char **format, va_list *args)
{
    const char *start = *format;
    struct spec spec = parse_spec(format, args);
    char c = **format;

    *format += c != '\0';
    if (c == 'd' || c == 'i') {
        spec.is_signed = true;
        put_number(out, &spec, take_integer(&spec, args));
    } else if (c == 'u' || c == 'x') {
        spec.base = c == 'x' ? 16 : 10;
        put_number(out, &spec, take_integer(&spec, args));
    } else if (c == 's') {
        put_string(out, &spec, va_arg(*args, const char *));
    } else if (c == 'c') {
        char one = (char)va_arg(*args, int);
        spec.zeros = false;
        put_padded(out, &spec, &one, 1);
    } else {
        put(out, '%');
        for (const char *p = c == '%' ? *format : start; p < *format; p++)
            put(out, *p);
    }
}

int sg_vsnprintf(char *buf, size_t size, const char *format, va_list args)
{
    struct output out = {buf, size, 0};
    va_list copy;

    va_copy(copy, args);
    while (*format) {
        char c = *format++;
        if (c == '%')
            convert(&out, &format, &copy);
        else
            put(&out, c);
    }
    va_end(copy);
    if (size)
        buf[out.length < size ? out.length : size - 1] = '\0';
    return (int)out.length;
}

int sg_snprintf(char *buf, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = sg_vsnprintf(buf, size, format, args);
    va_end(args);
    return length;
}
