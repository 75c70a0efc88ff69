/* What a request's headers ask of a finished response: not modified, a range, an encoding. */
#pragma once

#include "http/response.h"

/* The client takes this content coding ("gzip", "br"). */
bool lw_request_takes_coding(const lw_request *req, const char *coding);
/* Turns res into 304 where If-None-Match names its etag, and a file's into 206 or 416 as Range says. */
void lw_response_negotiate(lw_request *req, lw_response *res);
/* gzip for JSON and text in a buffer above 1 KB. */
void lw_response_compress(lw_request *req, lw_response *res);
