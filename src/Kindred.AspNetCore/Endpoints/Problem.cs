using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>
/// What the caller can do something about, as problem+json (RFC 9457) with one sentence. Everything else is left to the host.
/// </summary>
internal static class Problem
{
    public static JsonHttpResult<ProblemDetails> Of(string sentence, int status) => TypedResults.Json(
        TypedResults.Problem(PlainText.OneLine(sentence), statusCode: status).ProblemDetails,
        ContractsJson.Default.ProblemDetails, "application/problem+json", status);

    public static JsonHttpResult<ProblemDetails> Of(int status) => Of(SentenceFor(status), status);

    /// <param name="longest">The longest body that the endpoint reads, in bytes.</param>
    /// <returns>Null: it is nothing that the caller can do something about.</returns>
    public static JsonHttpResult<ProblemDetails>? Of(Exception e, long longest = 1 << 20) => e switch
    {
        NoSnapshotException => Of(e.Message, StatusCodes.Status503ServiceUnavailable),
        UnknownScenarioException => Of(e.Message, StatusCodes.Status404NotFound),
        UnreadableEncodingException => Of(e.Message, StatusCodes.Status415UnsupportedMediaType),
        InputException => Of(e.Message, StatusCodes.Status400BadRequest),
        BadHttpRequestException bad => Of(SentenceFor(bad.StatusCode, longest), bad.StatusCode),
        _ => null,
    };

    public static string SentenceFor(int status, long longest = 1 << 20) => status switch
    {
        StatusCodes.Status413PayloadTooLarge => $"The body is longer than {longest >> 20} MiB; send fewer items.",
        StatusCodes.Status415UnsupportedMediaType => "The body must be JSON in UTF-8, sent as application/json.",
        _ => $"{ReasonPhrases.GetReasonPhrase(status)}.",
    };
}
