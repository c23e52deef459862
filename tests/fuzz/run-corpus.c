/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main() of a fuzz target without a fuzzer: feeds it each file of the folders named as
 * arguments, one test each. A target that finds an error aborts.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "../unit/tap.h"
#include "base/alloc.h"
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads a file into exactly as much memory, so that a sanitizer detects a read past its end. */
static uint8_t *read_file(const char *path, size_t *ret_size)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	_cleanup_(freep) uint8_t *data = NULL;
	long size = -1;

	if (f && fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size < 0)
		return NULL;
	rewind(f);
	data = xcalloc(1, size > 0 ? (size_t)size : 1);
	if (fread(data, 1, (size_t)size, f) != (size_t)size)
		return NULL;
	*ret_size = (size_t)size;
	return TAKE_PTR(data);
}

static void run_file(const char *folder, const char *name)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", folder, name);
	_cleanup_(freep) uint8_t *data = NULL;
	size_t size = 0;

	tap_begin("%s", name);
	fflush(stdout);
	data = read_file(path, &size);
	if (CHECK(data))
		CHECK_INT(LLVMFuzzerTestOneInput(data, size), 0);
	tap_end();
	fflush(stdout); /* the next file may abort the process */
}

static int is_input(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void run_folder(const char *folder)
{
	struct dirent **files = NULL;
	int n = scandir(folder, &files, is_input, alphasort);

	if (n <= 0) {
		tap_begin("%s", folder);
		tap_check(false, __FILE__, __LINE__, "no files: %s",
		        n < 0 ? strerror(errno) : "empty");
		tap_end();
	}
	for (int i = 0; i < n; i++) {
		run_file(folder, files[i]->d_name);
		free(files[i]);
	}
	free(files);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s FOLDER…\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		run_folder(argv[i]);
	return tap_finish();
}
