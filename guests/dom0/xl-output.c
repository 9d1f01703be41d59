/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what `xl list` and `xl info` print. */
#include "xl-output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "w03        5    95     1     -b----      12.3", the name with spaces or not: read from the
 * right. */
static bool parse_fields(char *line, AgXlDomain *domain)
{
    enum { FIELDS = 5 }; /* ID Mem VCPUs State Time */
    char *field[FIELDS], *end;

    for (int i = FIELDS - 1; i >= 0; i--) {
        size_t len = strlen(line);
        while (len && isspace((unsigned char)line[len - 1]))
            line[--len] = '\0';
        while (len && !isspace((unsigned char)line[len - 1]))
            len--;
        if (len == 0)
            return false;
        field[i] = line + len;
        line[len - 1] = '\0';
    }
    for (size_t len = strlen(line); len && isspace((unsigned char)line[len - 1]); len--)
        line[len - 1] = '\0';
    double seconds = strtod(field[4], &end);
    if (*end || strlen(field[3]) != 6 || !isdigit((unsigned char)field[4][0]) || seconds > 1e9)
        return false;
    unsigned long domid = strtoul(field[0], &end, 10);
    if (*end || domid > 0x7fff || !isdigit((unsigned char)field[0][0]))
        return false;

    memset(domain, 0, sizeof *domain);
    snprintf(domain->name, sizeof domain->name, "%.63s", line);
    memcpy(domain->state, field[3], 6);
    domain->domid = (unsigned)domid;
    domain->cpu_ns = (unsigned long long)(seconds * 1e9 + 0.5);
    domain->shutdown = field[3][3] == 's';
    domain->reason = domain->shutdown ? field[3][4] : 0;
    domain->dying = field[3][5] == 'd';
    return true;
}

size_t ag_xl_list_parse(const char *text, AgXlDomain *domains, size_t max)
{
    size_t count = 0;

    while (*text && count < max) {
        char line[256];
        size_t len = strcspn(text, "\n");

        if (len < sizeof line) {
            memcpy(line, text, len);
            line[len] = '\0';
            count += parse_fields(line, &domains[count]);
        }
        text += len + (text[len] == '\n');
    }
    return count;
}

bool ag_xl_info_number(const char *text, const char *key, unsigned long long *number)
{
    size_t key_len = strlen(key);

    while (*text) {
        size_t len = strcspn(text, "\n");

        if (len > key_len && strncmp(text, key, key_len) == 0) {
            const char *p = text + key_len;
            p += strspn(p, " \t");
            if (*p == ':' && isdigit((unsigned char)p[1 + strspn(p + 1, " \t")])) {
                *number = strtoull(p + 1, NULL, 10);
                return true;
            }
        }
        text += len + (text[len] == '\n');
    }
    return false;
}
