/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

struct pool {
	atomic_size_t next;
	size_t n;
	void (*work)(void *userdata, size_t i);
	void *userdata;
};

static void *run_worker(void *p)
{
	struct pool *pool = p;

	for (size_t i; (i = atomic_fetch_add(&pool->next, 1)) < pool->n;)
		pool->work(pool->userdata, i);
	return NULL;
}

void parallel_run_at_most(
        size_t most, size_t n, void (*work)(void *userdata, size_t i), void *userdata)
{
	struct pool pool = {.n = n, .work = work, .userdata = userdata};
	pthread_t threads[PARALLEL_MAX - 1];
	size_t started = 0;

	/*
	 * The caller is also a worker. If no more threads can be started, the existing ones do the
	 * work.
	 */
	while (started + 1 < n && started + 1 < most && started < PARALLEL_MAX - 1 &&
	        pthread_create(&threads[started], NULL, run_worker, &pool) == 0)
		started++;
	run_worker(&pool);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}

void parallel_run(size_t n, void (*work)(void *userdata, size_t i), void *userdata)
{
	parallel_run_at_most(PARALLEL_MAX, n, work, userdata);
}
