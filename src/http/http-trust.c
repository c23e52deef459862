/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http-trust.h"

#include <string.h>
#include <sys/stat.h>

#include "base/environment.h"
#include "base/file.h"

/* Set once, before any thread starts. */
static struct http_trust system_trust, aws_trust;

/* Reports whether OpenSSL can look up certificates in this directory by the hash of the subject. */
static bool is_hashed_directory(const char *path)
{
	_cleanup_(closedirp) DIR *dir = opendir(path);
	bool found = false;

	for (struct dirent *e; dir && !found && (e = readdir(dir));)
		found = strlen(e->d_name) == 10 && strspn(e->d_name, "0123456789abcdef") == 8 &&
		        strcmp(e->d_name + 8, ".0") == 0;
	return found;
}

/*
 * Parsing the system's bundle of 140 certificates takes four fifths of a request; from a hashed
 * directory one certificate is read at a time. The first is of Debian and its derivatives, the
 * second of Fedora.
 */
static const char *find_hashed_directory(void)
{
	static const char *const candidates[] = {
	        "/etc/ssl/certs", "/etc/pki/ca-trust/extracted/pem/directory-hash"};

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		if (is_hashed_directory(candidates[i]))
			return candidates[i];
	return NULL;
}

static struct http_trust trust_of(const char *bundle)
{
	struct stat st;

	return stat(bundle, &st) == 0 && S_ISDIR(st.st_mode) ? (struct http_trust){.dir = bundle}
	                                                     : (struct http_trust){.file = bundle};
}

void http_trust_setup(void)
{
	const char *bundle = environment_get("AWS_CA_BUNDLE");

	system_trust.dir = find_hashed_directory();
	aws_trust = bundle ? trust_of(bundle) : system_trust;
}

struct http_trust http_trust_of(const struct http_request *request)
{
	if (request->ca_bundle)
		return trust_of(request->ca_bundle);
	return request->session ? system_trust : aws_trust;
}

void http_trust_apply(const struct http_trust *trust, CURL *curl)
{
	if (trust->file) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, trust->file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	} else if (trust->dir) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(curl, CURLOPT_CAPATH, trust->dir);
	}
}
