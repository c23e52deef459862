/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/sigv4-x509.h"

/* Derives no key: the string to sign contains the scope. */
static int sign(const void *key, const struct sigv4_scope *scope, const struct secret *string,
        struct secret *ret)
{
	_secret_ struct secret signature = {};
	const struct x509_signer *x509 = key;
	int r = x509_key_sign(&x509->key, string->data, string->size, &signature);

	if (r == 0)
		sigv4_append_hex(ret, signature.data, signature.size);
	return r;
}

struct sigv4_signer sigv4_x509_signer(const struct x509_signer *x509)
{
	return (struct sigv4_signer){
	        .algorithm = x509->is_rsa ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256",
	        .credential = x509->serial,
	        .sign = sign,
	        .key = x509,
	};
}

void sigv4_x509_headers(
        const struct x509_signer *x509, struct secret *ret_certificate, struct secret *ret_chain)
{
	const struct x509_certificates *c = &x509->certificates;

	x509_certificate_encode(c->items[0], ret_certificate);
	for (size_t i = 1; i < c->count; i++) {
		if (i > 1)
			secret_append(ret_chain, ",", 1);
		x509_certificate_encode(c->items[i], ret_chain);
	}
}
