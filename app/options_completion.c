/* Completions for bash and zsh, from the option table. */
#include "options_value.h"

#include <string.h>

static bool is_path(const struct option_row *row)
{
    return row->argument && (row->type == OPTION_PATH || row->type == OPTION_REPORT);
}

static void each_key(FILE *out, const char *before, const char *after)
{
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].key)
            fprintf(out, "%s%s.%s=%s", before, option_table[i].section, option_table[i].key, after);
}

/* "-b|--brokers" as a pattern of case. */
static void bash_pattern(FILE *out, const struct option_row *row)
{
    if (row->letter)
        fprintf(out, "-%c|", row->letter);
    fprintf(out, "--%s", row->option);
}

static void bash_arguments(FILE *out)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (!row->argument)
            continue;
        fputs("        ", out);
        bash_pattern(out, row);
        if (row->type == OPTION_SETTING) {
            fputs(")\n            compopt -o nospace\n            COMPREPLY=($(compgen -W \"", out);
            each_key(out, " ", "");
            fputs("\" -- \"$cur\"))", out);
        } else if (row->choices) {
            fputs(")\n            COMPREPLY=($(compgen -W \"", out);
            for (size_t c = 0; row->choices[c]; c++)
                fprintf(out, "%s%s", c ? " " : "", row->choices[c]);
            fputs("\" -- \"$cur\"))", out);
        } else if (is_path(row)) {
            fputs(")\n            compopt -o filenames\n            COMPREPLY=($(compgen -f -- \"$cur\"))",
                  out);
        } else {
            fputs(")\n            COMPREPLY=()", out);
        }
        fputs("\n            return ;;\n", out);
    }
}

static void bash(FILE *out)
{
    fputs("# bash completion of sfcrime-tui; written by 'sfcrime-tui --print bash'\n"
          "_sfcrime_tui()\n{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    COMPREPLY=()\n"
          "    # bash takes --option=value for three words\n"
          "    if [[ $cur == = ]]; then\n        cur=\n"
          "    elif [[ $prev == = ]]; then\n        prev=${COMP_WORDS[COMP_CWORD-2]}\n    fi\n"
          "    case $prev in\n",
          out);
    bash_arguments(out);
    fputs("    esac\n    COMPREPLY=($(compgen -W \"", out);
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->letter)
            fprintf(out, "-%c ", row->letter);
        if (row->option)
            fprintf(out, "--%s ", row->option);
    }
    fputs("\" -- \"$cur\"))\n}\ncomplete -F _sfcrime_tui sfcrime-tui\n", out);
}

/* A text inside '...[text]...' of _arguments. */
static void zsh_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void zsh_argument(FILE *out, const struct option_row *row)
{
    if (!row->argument)
        return;
    fputc(':', out);
    zsh_text(out, row->argument);
    fputc(':', out);
    if (row->type == OPTION_SETTING) {
        fputs("_sfcrime_tui_keys", out);
    } else if (row->choices) {
        fputc('(', out);
        for (size_t c = 0; row->choices[c]; c++)
            fprintf(out, "%s%s", c ? " " : "", row->choices[c]);
        fputc(')', out);
    } else if (is_path(row)) {
        fputs("_files", out);
    }
}

static void zsh_option(FILE *out, const struct option_row *row)
{
    /* -X and -S may be there several times. */
    const char *again = row->type == OPTION_PROPERTY || row->type == OPTION_SETTING ? "*" : "";
    if (row->letter) {
        fprintf(out, " \\\n        '%s-%c%s[", again, row->letter, row->argument ? "+" : "");
        zsh_text(out, row->help);
        fputc(']', out);
        zsh_argument(out, row);
        fputc('\'', out);
    }
    fprintf(out, " \\\n        '%s--%s%s[", again, row->option, row->argument ? "=" : "");
    zsh_text(out, row->help);
    fputc(']', out);
    zsh_argument(out, row);
    fputc('\'', out);
}

static void zsh(FILE *out)
{
    fputs("#compdef sfcrime-tui\n# zsh completion of sfcrime-tui; written by 'sfcrime-tui --print zsh'\n"
          "_sfcrime_tui_keys()\n{\n    compadd -S '' --",
          out);
    each_key(out, " \\\n        ", "");
    fputs("\n}\n_sfcrime_tui()\n{\n    _arguments -s", out);
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].option)
            zsh_option(out, &option_table[i]);
    fputs("\n}\n_sfcrime_tui \"$@\"\n", out);
}

void options_print_completion(FILE *out, const char *shell)
{
    if (strcmp(shell, "zsh") == 0)
        zsh(out);
    else
        bash(out);
}
