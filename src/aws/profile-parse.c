/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Parses the AWS files line by line. Their owner, the administrator or a user, controls them, and
 * they contain secret keys: so values are held as secrets, and messages repeat nothing.
 *
 * What is malformed is an error; what is well-formed but unknown (a section of another tool, a name
 * that no profile may have) is ignored, as the SDKs do. A line that has only a comment is not a
 * continuation, even if it is indented, as in the AWS CLI.
 */

#include "aws/profile-parse.h"

#include <errno.h>
#include <string.h>

#include "aws/profile-set.h"
#include "base/alloc.h"

#define MAX_PROFILES 10000
#define MAX_PROPERTIES 1000 /* of one profile */

/* A part of the file. */
struct span {
	const char *text;
	size_t size;
};

struct parser {
	const char *name;
	bool is_credentials_file;
	struct reason *reason;
	unsigned line;
	struct profile_set set;
	/* [default], which counts only if there is no [profile default]. */
	struct profile bare_default;
	bool has_bare_default, has_prefixed_default;
	struct profile ignored; /* gets the properties that do not count */
	/* What the next line belongs to; NULL at the start. */
	struct profile *profile;
	struct profile_property *property;
	bool is_nested; /* the property's continuations are properties themselves */
};

static void parser_done(struct parser *p)
{
	profile_set_done(&p->set);
	profile_clear(&p->bare_default);
	profile_clear(&p->ignored);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
	while (s.size > 0 && is_blank(s.text[0])) {
		s.text++;
		s.size--;
	}
	while (s.size > 0 && is_blank(s.text[s.size - 1]))
		s.size--;
	return s;
}

/* Removes the comment, which only after a heading may follow without a blank. */
static struct span without_comment(struct span line, bool is_heading)
{
	struct span s = trim(line);

	for (size_t i = 0; i < s.size; i++) {
		bool may_begin = is_heading || (i > 0 && is_blank(s.text[i - 1]));

		if (may_begin && (s.text[i] == '#' || s.text[i] == ';'))
			return trim((struct span){s.text, i});
	}
	return s;
}

/* Reports whether profiles and properties may have this name. */
static bool is_identifier(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789_-/.%@:+";

	return *s && s[strspn(s, allowed)] == '\0';
}

static int fail(struct parser *p, const char *what)
{
	return reason_set(p->reason, EINVAL, "bad-aws-file", "%s:%u: %s", p->name, p->line, what);
}

/* Returns the profile for the properties of [PREFIX NAME], or of [NAME] with an empty prefix. */
static struct profile *find_section(struct parser *p, const char *prefix, const char *name)
{
	bool is_default = strcmp(name, "default") == 0;
	enum profile_kind kind = PROFILE_PROFILE;

	if (!is_identifier(name))
		return &p->ignored;
	if (p->is_credentials_file && *prefix)
		return &p->ignored;
	if (!p->is_credentials_file) {
		if (!*prefix && is_default) {
			p->has_bare_default = true;
			return &p->bare_default;
		}
		if (strcmp(prefix, "sso-session") == 0)
			kind = PROFILE_SSO_SESSION;
		else if (strcmp(prefix, "services") == 0)
			kind = PROFILE_SERVICES;
		else if (strcmp(prefix, "profile") != 0)
			return &p->ignored;
		p->has_prefixed_default |= kind == PROFILE_PROFILE && is_default;
	}
	return profile_find_or_add(&p->set, kind, name);
}

/* Parses "[default]", "[profile NAME]", "[sso-session NAME]", "[services NAME]" or "[NAME]". */
static int parse_heading(struct parser *p, struct span line)
{
	struct span s = without_comment(line, true), prefix, name;
	_cleanup_(freep) char *prefix_text = NULL, *name_text = NULL;

	if (s.size < 2 || s.text[s.size - 1] != ']')
		return fail(
		        p, p->is_credentials_file
		                   ? "a section without ']' at its end; expected [NAME]"
		                   : "a section without ']' at its end; expected [profile NAME]");
	name = trim((struct span){s.text + 1, s.size - 2});
	prefix = (struct span){name.text, 0};
	while (prefix.size < name.size && !is_blank(name.text[prefix.size]))
		prefix.size++;
	if (prefix.size == name.size)
		prefix.size = 0;
	name = trim((struct span){name.text + prefix.size, name.size - prefix.size});

	prefix_text = xstrndup(prefix.text, prefix.size);
	name_text = xstrndup(name.text, name.size);
	profile_clear(&p->ignored);
	p->profile = find_section(p, prefix_text, name_text);
	p->property = NULL;
	if (p->set.n_profiles > MAX_PROFILES)
		return fail(p, "too many profiles; expected 10000 at most");
	return 0;
}

/* Splits "KEY = VALUE" and returns the key in lower case. */
static int split_property(
        struct parser *p, struct span line, char **ret_key, struct span *ret_value)
{
	struct span s = without_comment(line, false), key, value;
	const char *equals = memchr(s.text, '=', s.size);

	if (!equals)
		return fail(p, "a line without '='; expected KEY = VALUE");
	key = trim((struct span){s.text, (size_t)(equals - s.text)});
	value = trim((struct span){equals + 1, s.size - (size_t)(equals + 1 - s.text)});
	if (key.size == 0)
		return fail(p, "a '=' without a key before it; expected KEY = VALUE");
	*ret_key = xstrndup(key.text, key.size);
	for (char *c = *ret_key; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	*ret_value = value;
	return 0;
}

static void secret_free_stringp(char **s)
{
	secret_free_string(*s);
}

static int parse_property(struct parser *p, struct span line)
{
	_cleanup_(secret_free_stringp) char *key = NULL;
	struct profile *profile = p->profile;
	struct span value;
	int r;

	if (!profile)
		return fail(p, p->is_credentials_file
		                       ? "a property before the first section; expected "
		                         "[NAME] above it"
		                       : "a property before the first section; expected "
		                         "[profile NAME] above it");
	r = split_property(p, line, &key, &value);
	if (r < 0)
		return r;
	if (!is_identifier(key))
		profile = &p->ignored;
	p->property = profile_make_property(&profile->properties, &profile->n_properties, key);
	p->property->from_credentials_file = p->is_credentials_file;
	p->is_nested = value.size == 0;
	secret_set(&p->property->value, value.text, value.size);
	if (profile->n_properties > MAX_PROPERTIES)
		return fail(p, "too many properties of a profile; expected 1000 at most");
	return 0;
}

/* Parses an indented "KEY = VALUE" below an empty value. */
static int parse_nested_property(struct parser *p, struct span line)
{
	_cleanup_(secret_free_stringp) char *key = NULL;
	struct profile_property *child;
	struct span value;
	int r = split_property(p, line, &key, &value);

	if (r < 0)
		return r;
	if (!is_identifier(key))
		return 0;
	child = profile_make_property(&p->property->children, &p->property->n_children, key);
	child->from_credentials_file = p->is_credentials_file;
	secret_set(&child->value, value.text, value.size);
	if (p->property->n_children > MAX_PROPERTIES)
		return fail(p, "too many nested properties; expected 1000 at most");
	return 0;
}

/* Parses an indented line. A comment after it is part of the value. */
static int parse_continuation(struct parser *p, struct span line)
{
	struct span text = trim(line);

	if (!p->property)
		return fail(p, "an indented line with nothing to continue; sections and properties "
		               "begin at the start of their lines");
	if (p->is_nested) {
		int r = parse_nested_property(p, line);

		if (r < 0)
			return r;
	}
	secret_append(&p->property->value, "\n", 1);
	secret_append(&p->property->value, text.text, text.size);
	return 0;
}

static int parse_line(struct parser *p, struct span line)
{
	struct span text = trim(line);

	if (memchr(line.text, '\0', line.size))
		return fail(p, "a NUL byte; expected a text file");
	if (text.size == 0 || *text.text == '#' || *text.text == ';')
		return 0;
	if (*line.text == '[')
		return parse_heading(p, line);
	if (is_blank(*line.text))
		return parse_continuation(p, line);
	return parse_property(p, line);
}

static int parse_lines(struct parser *p, const char *data, size_t size)
{
	const char *next = data, *end = data + size;

	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		next += 3;
	while (next < end) {
		const char *newline = memchr(next, '\n', (size_t)(end - next));
		struct span line = {next, (size_t)((newline ?: end) - next)};
		int r;

		next = newline ? newline + 1 : end;
		if (line.size > 0 && line.text[line.size - 1] == '\r')
			line.size--;
		p->line++;
		r = parse_line(p, line);
		if (r < 0)
			return r;
	}
	return 0;
}

int profile_parse(const char *data, size_t size, const char *name, bool is_credentials_file,
        struct profile_set *set, struct reason *ret_reason)
{
	_cleanup_(parser_done) struct parser p = {
	        .name = name,
	        .is_credentials_file = is_credentials_file,
	        .reason = ret_reason,
	};
	int r;

	if (size > PROFILE_FILE_MAX_SIZE)
		return reason_set(ret_reason, EINVAL, "bad-aws-file",
		        "%s:1: the file is larger than %d KiB", name, PROFILE_FILE_MAX_SIZE / 1024);
	r = parse_lines(&p, data, size);
	if (r < 0)
		return r;
	for (size_t i = 0; i < p.set.n_profiles; i++)
		profile_merge(
		        profile_find_or_add(set, p.set.profiles[i].kind, p.set.profiles[i].name),
		        &p.set.profiles[i]);
	if (p.has_bare_default && !p.has_prefixed_default)
		profile_merge(
		        profile_find_or_add(set, PROFILE_PROFILE, "default"), &p.bare_default);
	return 0;
}
