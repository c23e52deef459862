/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Reads the ini with inih, which splits lines into names and values, joins what is indented to the
 * key above and removes comments. The administrator controls the text and must learn of every
 * mistake, but inih
 *
 * - cuts a line at its buffer (200 bytes in Debian) and reads the rest as another line;
 * - cuts section names to 49 bytes;
 * - calls no handler for a section's head, and so does not report empty ones;
 * - reports only the first malformed line, and passes no line numbers to the handler;
 * - ignores the text after a "]";
 * - takes everything indented below a key for its value, a section's head included, and some
 *   versions keep the comment of such a value.
 *
 * So our reader, which passes the lines to inih, checks each of them first. It must treat the same
 * lines as heads and as continuations as inih does.
 */

#include "config/ini.h"

#include <ini.h>
#include <string.h>

#include "base/alloc.h"
#include "config/config-errors.h"

#define MAX_SECTIONS 4096
#define MAX_KEYS 64 /* of one section; an identity has half as many */
#define BLANKS " \t"

enum line_kind { LINE_NOTHING, LINE_SECTION, LINE_KEY, LINE_CONTINUATION };

struct reader {
	const char *data;
	size_t size, offset;
	unsigned line;
	int limit; /* the size of inih's buffer */
	enum line_kind kind;
	bool had_comment;
	bool handled;        /* inih has called the handler for this line */
	bool after_key;      /* inih knows a key that an indented line would continue */
	bool in_section;     /* the last section takes keys */
	bool before_section; /* no head so far, not even a broken one */
	bool in_key;         /* the last key takes continuations */
	bool in_pairs;       /* … and they are KEY=VALUE */
	struct ini *ini;
	struct config_error_list *errors;
};

static struct ini_section *last_section(struct reader *r)
{
	return &r->ini->sections[r->ini->n_sections - 1];
}

/* The " ;" of a comment after a value, or the end. */
static const char *find_comment(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c == ';' && c > text && strchr(BLANKS, c[-1]))
			return c;
	return text + strlen(text);
}

/* Copies from start to end without the blanks on either side. */
static char *copy_trimmed(const char *start, const char *end)
{
	while (start < end && strchr(BLANKS, *start))
		start++;
	while (end > start && strchr(BLANKS, end[-1]))
		end--;
	return xstrndup(start, (size_t)(end - start));
}

/* "files = …" on an indented line: meant as a key, but inih takes it for a value. */
static bool looks_like_key(const char *text)
{
	size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz_");

	size += strspn(text + size, BLANKS);
	return size > 0 && text[size] == '=';
}

static void begin_section(struct reader *r, const char *inside, const char *end)
{
	_cleanup_(freep) char *head = copy_trimmed(inside, end);
	size_t size = strcspn(head, BLANKS);
	struct ini_section *section;

	if (r->ini->n_sections == MAX_SECTIONS) {
		config_errors_add(r->errors, r->line, "more than %d sections", MAX_SECTIONS);
		r->offset = r->size;
		return;
	}
	section = array_append(&r->ini->sections, &r->ini->n_sections, sizeof(*section));
	section->kind = xstrndup(head, size);
	section->name = copy_trimmed(head + size, head + strlen(head));
	section->line = r->line;
	r->in_section = true;
}

/* A line that begins with "[". */
static void read_section_head(struct reader *r, const char *start)
{
	const char *end = strchr(start, ']'), *comment = find_comment(start), *rest;

	r->before_section = r->in_section = r->in_key = false;
	if (!end || end > comment) {
		config_errors_add(r->errors, r->line,
		        "no ']' after the name of the section; expected [SECTION] or [SECTION "
		        "NAME]");
		return;
	}
	r->after_key = false;
	rest = end + 1 + strspn(end + 1, BLANKS);
	if (*rest && *rest != ';' && *rest != '#') {
		config_errors_add(r->errors, r->line,
		        "text after the ']' of a section; a key needs a line of its own");
		return;
	}
	begin_section(r, start + 1, end);
}

/* "labels" and "annotations" list words that look like keys without blanks around the '='. */
static bool looks_like_pair(const char *text)
{
	return text[strcspn(text, BLANKS "=")] == '=';
}

/* An indented line below a key. */
static void check_continuation(struct reader *r, const char *start)
{
	if (*start == '[') {
		config_errors_add(r->errors, r->line,
		        "an indented '['; a section begins at the start of its line");
		r->in_section = r->in_key = false;
	} else if (r->in_key && looks_like_key(start) && !(r->in_pairs && looks_like_pair(start))) {
		config_errors_add(r->errors, r->line,
		        "an indented line continues the key above it; a key begins at the start of "
		        "its line");
		r->in_key = false;
	}
}

static void classify(struct reader *r, const char *line)
{
	const char *start = line + strspn(line, BLANKS);

	r->handled = false;
	r->had_comment = *find_comment(start) != '\0';
	if (!*start || *start == ';' || *start == '#') {
		r->kind = LINE_NOTHING;
	} else if (r->after_key && start > line) {
		r->kind = LINE_CONTINUATION;
		check_continuation(r, start);
	} else if (*start == '[') {
		r->kind = LINE_SECTION;
		read_section_head(r, start);
	} else {
		r->kind = LINE_KEY;
		r->in_key = false;
	}
}

/* Reports whether inih can read the line. */
static bool line_is_sound(struct reader *r, const char *line, size_t size)
{
	if (size >= (size_t)r->limit) {
		config_errors_add(r->errors, r->line,
		        "the line is longer than %d characters; a list may continue on further "
		        "lines, "
		        "indented",
		        r->limit - 1);
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			config_errors_add(r->errors, r->line,
			        "a control character (0x%02x); expected plain text, in UTF-8", c);
			return false;
		}
	}
	return true;
}

/* Skips a line that inih must not see, and what depends on it. */
static void skip_line(struct reader *r, const char *line, size_t size)
{
	size_t blanks = 0;

	while (blanks < size && strchr(BLANKS, line[blanks]))
		blanks++;
	r->kind = LINE_NOTHING;
	r->in_key = false;
	if (blanks < size && line[blanks] == '[')
		r->before_section = r->in_section = false;
}

/* The next line without its end. */
static const char *next_line(struct reader *r, size_t *ret_size)
{
	const char *line = r->data + r->offset;
	const char *end = memchr(line, '\n', r->size - r->offset);
	size_t size = end ? (size_t)(end - line) : r->size - r->offset;

	r->offset += size + (end != NULL);
	r->line++;
	*ret_size = size > 0 && line[size - 1] == '\r' ? size - 1 : size;
	return line;
}

static void finish_line(struct reader *r)
{
	if (r->kind == LINE_KEY && !r->handled)
		config_errors_add(r->errors, r->line,
		        "no '=' in this line; expected KEY = VALUE, [SECTION] or a comment");
	r->kind = LINE_NOTHING;
}

/* An ini_reader. */
static char *read_line(char *buffer, int size, void *stream)
{
	struct reader *r = stream;
	const char *line;
	size_t n;

	/*
	 * Newer versions of inih request the rest of a line that fills the buffer. There is none,
	 * because longer lines were refused.
	 */
	if (size < r->limit)
		return NULL;
	r->limit = size;
	finish_line(r);
	if (r->offset >= r->size)
		return NULL;
	line = next_line(r, &n);
	if (line_is_sound(r, line, n)) {
		memcpy(buffer, line, n);
		buffer[n] = '\0';
		classify(r, buffer);
	} else {
		skip_line(r, line, n);
		buffer[0] = '\0';
	}
	return buffer;
}

static void begin_key(struct reader *r, const char *name)
{
	struct ini_section *section = last_section(r);
	const struct ini_key *earlier = ini_find(section, name);
	struct ini_key *key;
	char quoted[CONFIG_QUOTE_SIZE];

	if (earlier) {
		config_errors_add(r->errors, r->line, "%s is given twice (first on line %u)",
		        config_quote(name, quoted), earlier->line);
		return;
	}
	if (section->n_keys == MAX_KEYS) {
		config_errors_add(r->errors, r->line, "more than %d keys in a section", MAX_KEYS);
		return;
	}
	key = array_append(&section->keys, &section->n_keys, sizeof(*key));
	key->name = xstrdup(name);
	key->line = r->line;
	r->in_key = true;
	r->in_pairs = strcmp(name, "labels") == 0 || strcmp(name, "annotations") == 0;
}

static void add_value(struct reader *r, const char *text)
{
	struct ini_section *section = last_section(r);
	struct ini_key *key = &section->keys[section->n_keys - 1];
	struct ini_value *value = array_append(&key->values, &key->n_values, sizeof(*value));

	value->text = copy_trimmed(text, find_comment(text));
	value->line = r->line;
	value->had_comment = r->had_comment;
}

/* An ini_handler. The section inih names may be cut, so ours counts. */
static int handle(void *user, const char *section _unused_, const char *name, const char *value)
{
	struct reader *r = user;

	r->handled = true;
	if (r->kind == LINE_KEY) {
		/* inih does not report a key without a name. */
		r->after_key = *name != '\0';
		if (!*name)
			config_errors_add(r->errors, r->line, "no key before the '='");
		else if (r->before_section)
			config_errors_add(r->errors, r->line, "this key must be below a [section]");
		else if (r->in_section)
			begin_key(r, name);
	}
	if (r->in_key)
		add_value(r, value);
	return 1;
}

void ini_read(const char *data, size_t size, struct ini *ret, struct config_error_list *errors)
{
	struct ini ini = {};
	struct reader r = {
	        .data = data, .size = size, .before_section = true, .ini = &ini, .errors = errors};
	int result;

	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		r.offset = 3;
	result = ini_parse_stream(read_line, &r, handle, &r);
	/* What this version of inih rejects beyond the checks above. */
	if (result != 0 && errors->errors.count == 0)
		config_errors_add(errors, result > 0 ? (unsigned)result : 1,
		        "malformed; expected KEY = VALUE, [SECTION] or a comment");
	*ret = ini;
}

const struct ini_key *ini_find(const struct ini_section *section, const char *name)
{
	for (size_t i = 0; i < section->n_keys; i++)
		if (strcmp(section->keys[i].name, name) == 0)
			return &section->keys[i];
	return NULL;
}

static void key_done(struct ini_key *key)
{
	for (size_t i = 0; i < key->n_values; i++)
		free(key->values[i].text);
	free(key->values);
	free(key->name);
}

void ini_done(struct ini *ini)
{
	for (size_t i = 0; i < ini->n_sections; i++) {
		struct ini_section *section = &ini->sections[i];

		for (size_t k = 0; k < section->n_keys; k++)
			key_done(&section->keys[k]);
		free(section->keys);
		free(section->kind);
		free(section->name);
	}
	free(ini->sections);
	*ini = (struct ini){};
}
