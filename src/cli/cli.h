/* The command line: one function a verb. */
#pragma once

#include "base/status.h"

int lw_cli_serve(int argc, char **argv);
int lw_cli_import(int argc, char **argv);
int lw_cli_user(int argc, char **argv);
/* Where the store lies when no --store says so: LW_STORE, else the user's data folder. */
char *lw_cli_default_store(lw_arena *arena);
