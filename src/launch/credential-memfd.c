/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a credential in memory. The administrator controls it; systemd passes it on. */
#include "launch/credential-memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/file.h"

static int read_bytes(struct json_object *bytes, struct secret *ret)
{
	size_t size = json_object_array_length(bytes);
	char *to = secret_reserve(ret, size + 1);

	for (size_t i = 0; i < size; i++) {
		int byte = json_object_get_int(json_object_array_get_idx(bytes, i));

		if (byte < 0 || byte > 0xff)
			return -EBADMSG;
		to[i] = (char)byte;
	}
	secret_grown(ret, size);
	return 0;
}

int credential_memfd(struct json_object *bytes, bool is_encrypted)
{
	_cleanup_(closep) int fd = memfd_create("credential", MFD_ALLOW_SEALING);
	_secret_ struct secret plain = {}, text = {};
	int r = fd < 0 ? -errno : read_bytes(bytes, &plain);

	if (r < 0)
		return r;
	if (is_encrypted)
		base64_encode(secret_string(&plain), plain.size, &text);
	else
		secret_move(&text, &plain);
	r = file_write_all(fd, secret_string(&text), text.size);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	return TAKE_FD(fd);
}
