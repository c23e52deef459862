/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text that others control, from a reply, a file, a path or the command line: checks of its
 * characters, and how it is made safe for a terminal, the journal and JSON. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * Replaces control characters and bytes that are not UTF-8 (RFC 3629) with '?', so that the text
 * can be shown.
 */
void text_sanitize(char *s);

/* Replaces everything but printable ASCII with '?'. */
void text_to_ascii(char *s, size_t size);

/*
 * Returns the size of the UTF-8 character at s, or 0 if it is malformed. Never reads beyond the
 * NUL.
 */
size_t text_utf8_size(const char *s);

/* Reports whether the character at s is one of U+0000 to U+001F or U+007F to U+009F. */
bool text_is_control(const char *s);

/*
 * Reports whether a byte is an ASCII control character: it would end a line, or the header of a
 * request (RFC 9110 5.5).
 */
bool text_has_control(const char *s, size_t size);

/* Reports whether all bytes are visible ASCII (VCHAR of RFC 5234): no space, nothing to escape. */
bool text_is_visible(const char *s, size_t size);

/* Reports whether a string is visible ASCII, of 1 to max bytes. */
bool text_is_word(const char *s, size_t max);

/* Reports whether a string has only characters that a URL may have (RFC 3986 2). */
bool text_is_url(const char *s);
