/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handle of libcurl keeps its connection but can be used by one thread at a time, so a session
 * has a stack of idle handles.
 */
#include "http/http-session.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/parallel.h"

struct http_session {
	struct http_options options;
	int ca_fd; /* options.ca as a file, which every version of libcurl can read; or -1 */
	char ca_path[32];
	pthread_mutex_t lock;
	CURL *idle[PARALLEL_MAX];
	size_t n_idle;
};

static int keep_ca(struct http_session *s, struct reason *ret_reason)
{
	int r;

	s->ca_fd = memfd_create("ca", MFD_CLOEXEC);
	r = s->ca_fd < 0 ? -errno
	                 : file_write_all(s->ca_fd, s->options.ca->data, s->options.ca->size);
	if (r < 0)
		return reason_set(ret_reason, -r, "no-memory", "%s cannot be kept in memory: %s",
		        s->options.trust_origin ? s->options.trust_origin : "the CA", strerror(-r));
	snprintf(s->ca_path, sizeof(s->ca_path), "/proc/self/fd/%d", s->ca_fd);
	return 0;
}

int http_session_new(
        const struct http_options *options, struct http_session **ret, struct reason *ret_reason)
{
	_cleanup_(http_session_freep) struct http_session *s = xcalloc(1, sizeof(*s));
	int r;

	s->options = *options;
	s->ca_fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	if (options->ca && !options->is_insecure) {
		r = keep_ca(s, ret_reason);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(s);
	return 0;
}

void http_session_freep(struct http_session **session)
{
	struct http_session *s = *session;

	if (!s)
		return;
	for (size_t i = 0; i < s->n_idle; i++)
		curl_easy_cleanup(s->idle[i]);
	if (s->ca_fd >= 0)
		close(s->ca_fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*session = NULL;
}

CURL *http_session_take(struct http_session *s)
{
	CURL *curl = NULL;

	if (s) {
		pthread_mutex_lock(&s->lock);
		if (s->n_idle > 0)
			curl = s->idle[--s->n_idle];
		pthread_mutex_unlock(&s->lock);
	}
	if (!curl)
		curl = curl_easy_init();
	if (!curl)
		abort();
	return curl;
}

void http_session_give(struct http_session *s, CURL *curl, bool is_good)
{
	bool is_kept = false;

	if (s && is_good) {
		curl_easy_reset(curl); /* drops the request, keeps the connection */
		pthread_mutex_lock(&s->lock);
		is_kept = s->n_idle < ARRAY_SIZE(s->idle);
		if (is_kept)
			s->idle[s->n_idle++] = curl;
		pthread_mutex_unlock(&s->lock);
	}
	if (!is_kept)
		curl_easy_cleanup(curl);
}

static void set_blob(CURL *curl, CURLoption option, const struct secret *pem)
{
	struct curl_blob blob = {pem->data, pem->size, CURL_BLOB_NOCOPY};

	if (pem->size > 0)
		curl_easy_setopt(curl, option, &blob);
}

static void append(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (!longer)
		abort();
	*list = longer;
}

/*
 * libcurl checks the certificate against the URL's host. So the URL gets server_name instead, while
 * the connection goes to the original host, which also stays in the Host header.
 */
static void rename_server(const char *server_name, CURL *curl, const char *url,
        struct curl_slist **headers, struct curl_slist **ret_connect_to)
{
	char *host = NULL, *port = NULL, *renamed = NULL;
	CURLU *u = curl_url();

	if (!u)
		abort();
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	        curl_url_set(u, CURLUPART_HOST, server_name, 0) == CURLUE_OK &&
	        curl_url_get(u, CURLUPART_URL, &renamed, 0) == CURLUE_OK) {
		_cleanup_(freep) char *to = xasprintf("%s:%s:%s:%s", server_name, port, host, port);
		_cleanup_(freep) char *line = xasprintf("Host: %s:%s", host, port);

		append(ret_connect_to, to);
		append(headers, line);
		curl_easy_setopt(curl, CURLOPT_URL, renamed);
		curl_easy_setopt(curl, CURLOPT_CONNECT_TO, *ret_connect_to);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers);
	}
	curl_free(host);
	curl_free(port);
	curl_free(renamed);
	curl_url_cleanup(u);
}

void http_session_set(const struct http_session *s, CURL *curl, const char *url,
        struct curl_slist **headers, struct curl_slist **ret_connect_to)
{
	const struct http_options *o = &s->options;

	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	if (s->ca_fd >= 0) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, s->ca_path);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (o->certificate)
		set_blob(curl, CURLOPT_SSLCERT_BLOB, o->certificate);
	if (o->key)
		set_blob(curl, CURLOPT_SSLKEY_BLOB, o->key);
	if (o->is_insecure) {
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (o->proxy)
		curl_easy_setopt(curl, CURLOPT_PROXY, o->proxy);
	if (o->server_name)
		rename_server(o->server_name, curl, url, headers, ret_connect_to);
}

const struct http_options *http_session_options(const struct http_session *s)
{
	return s ? &s->options : NULL;
}
