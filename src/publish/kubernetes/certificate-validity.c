/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/certificate-validity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

enum { INTEGER = 0x02, UTC_TIME = 0x17, GENERALIZED_TIME = 0x18, SEQUENCE = 0x30, VERSION = 0xa0 };

/* The rest of an encoding: X.690, in DER. */
struct der {
	const unsigned char *data;
	size_t size;
};

/* Removes the first value and returns its tag, or -EBADMSG. */
static int take(struct der *from, struct der *ret)
{
	size_t size, head = 2;
	unsigned char tag;

	if (from->size < 2)
		return -EBADMSG;
	tag = from->data[0];
	size = from->data[1];
	if (size >= 0x80) {
		size_t bytes = size & 0x7f;

		if (bytes < 1 || bytes > 3 || from->size < 2 + bytes)
			return -EBADMSG;
		for (size = 0; head < 2 + bytes; head++)
			size = size << 8 | from->data[head];
	}
	if (from->size - head < size)
		return -EBADMSG;
	*ret = (struct der){from->data + head, size};
	from->data += head + size;
	from->size -= head + size;
	return tag;
}

static int take_tag(struct der *from, int tag, struct der *ret)
{
	return take(from, ret) == tag ? 0 : -EBADMSG;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. */
static int parse_time(int tag, const struct der *value, int64_t *ret)
{
	size_t digits = tag == UTC_TIME ? 12 : 14;
	struct tm tm = {};
	char text[16];

	if ((tag != UTC_TIME && tag != GENERALIZED_TIME) || value->size != digits + 1 ||
	        value->data[digits] != 'Z')
		return -EBADMSG;
	memcpy(text, value->data, digits);
	text[digits] = '\0';
	if (strspn(text, "0123456789") != digits ||
	        sscanf(text, tag == UTC_TIME ? "%2d%2d%2d%2d%2d%2d" : "%4d%2d%2d%2d%2d%2d",
	                &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
	                &tm.tm_sec) != 6)
		return -EBADMSG;
	if (tag == UTC_TIME)
		tm.tm_year += tm.tm_year < 50 ? 100 : 0;
	else
		tm.tm_year -= 1900;
	tm.tm_mon--;
	*ret = timegm(&tm);
	return 0;
}

/* Certificate, tbsCertificate, and what precedes the validity there. */
static int find_not_after(struct der der, int64_t *ret)
{
	struct der certificate, tbs, validity, skipped, before = {};
	int tag;

	if (take_tag(&der, SEQUENCE, &certificate) < 0 ||
	        take_tag(&certificate, SEQUENCE, &tbs) < 0)
		return -EBADMSG;
	before = tbs;
	if (take(&tbs, &skipped) != VERSION)
		tbs = before; /* version 1 */
	if (take_tag(&tbs, INTEGER, &skipped) < 0 || take_tag(&tbs, SEQUENCE, &skipped) < 0 ||
	        take_tag(&tbs, SEQUENCE, &skipped) < 0 || take_tag(&tbs, SEQUENCE, &validity) < 0 ||
	        take(&validity, &skipped) < 0)
		return -EBADMSG;
	tag = take(&validity, &skipped);
	return parse_time(tag, &skipped, ret);
}

int certificate_expiry(const struct secret *pem, int64_t *ret)
{
	const char *text = secret_string(pem), *begin = strstr(text, BEGIN), *end;
	_secret_ struct secret packed = {}, bytes = {};

	end = begin ? strstr(begin, END) : NULL;
	if (!end)
		return -EBADMSG;
	for (begin += strlen(BEGIN); begin < end; begin++)
		if (!strchr(" \t\r\n", *begin))
			secret_append(&packed, begin, 1);
	if (packed.size == 0 || base64_decode(packed.data, packed.size, &bytes) < 0)
		return -EBADMSG;
	return find_not_after((struct der){(const unsigned char *)bytes.data, bytes.size}, ret);
}
