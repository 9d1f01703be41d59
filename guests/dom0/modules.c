/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: where the code of dom0's kernel modules is. */
#include "agent.h"

#include "text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULES "/sys/module"

enum { ADDRESS_MAX = 32 };

/* The address of a section, "0xffffffffc0012000"; empty where the kernel does not tell it. */
static void read_address(const char *module, const char *section, char address[ADDRESS_MAX])
{
    ag_autofree char *path = ag_printf(MODULES "/%s/sections/%s", module, section);
    FILE *file = fopen(path, "re");

    address[0] = '\0';
    if (!file)
        return;
    if (fgets(address, ADDRESS_MAX, file))
        address[strcspn(address, "\n")] = '\0';
    fclose(file);
}

/* What of a module is code, and stays: not its .init.text and .exit.text. */
static json_t *sections_of(const char *module)
{
    ag_autofree char *path = ag_printf(MODULES "/%s/sections", module);
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, NULL, alphasort);
    json_t *sections = json_object();

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        char address[ADDRESS_MAX];

        if (strncmp(name, ".text", 5) == 0 || strcmp(name, ".noinstr.text") == 0) {
            read_address(module, name, address);
            json_object_set_new(sections, name, json_string(address));
        }
        free(entries[i]);
    }
    free(entries);
    return sections;
}

void ag_op_modules(Agent *agent, const AgRequest *request)
{
    struct dirent **entries = NULL;
    const int count = scandir(MODULES, &entries, NULL, alphasort);
    json_t *modules = json_object();

    for (int i = 0; i < count; i++) {
        json_t *sections = entries[i]->d_name[0] != '.' ? sections_of(entries[i]->d_name) : NULL;

        if (sections && json_object_size(sections) > 0)
            json_object_set_new(modules, entries[i]->d_name, sections);
        else
            json_decref(sections);
        free(entries[i]);
    }
    free(entries);
    ag_reply(agent, request->id, json_pack("{s:o}", "modules", modules));
}
