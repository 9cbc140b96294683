using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Kindred.Server;

/// <summary>Turns whatever goes wrong into problem+json (RFC 9457) with one sentence. Stack traces go to the log alone.</summary>
internal sealed partial class Problems(RequestDelegate next, ILogger<Problems> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
                await Write(context, context.Response.StatusCode, SentenceFor(context, context.Response.StatusCode));
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            bool isClientGone = context.RequestAborted.IsCancellationRequested;
            await (e switch
            {
                IOException or OperationCanceledException when isClientGone => Task.CompletedTask,
                NoSnapshotException => Write(context, StatusCodes.Status503ServiceUnavailable, e.Message),
                InputException => Write(context, StatusCodes.Status400BadRequest, e.Message),
                JsonException json => Write(context, StatusCodes.Status400BadRequest, SentenceFor(json)),
                BadHttpRequestException bad => Write(context, bad.StatusCode, SentenceFor(context, bad.StatusCode)),
                _ => Unhandled(context, e),
            });
        }
    }

    private Task Unhandled(HttpContext context, Exception e)
    {
        LogUnhandled(log, context.Request.Method, context.Request.Path, e);
        return Write(context, StatusCodes.Status500InternalServerError, "The server failed to answer; its log says why.");
    }

    private static Task Write(HttpContext context, int status, string detail) =>
        TypedResults.Problem(PlainText.OneLine(detail), statusCode: status).ExecuteAsync(context);

    private static string SentenceFor(JsonException e) => e.Path is { Length: > 2 } path
        ? $"The body cannot be read at {PlainText.Shorten(path[2..])}: the name is unknown, or the value is of the wrong type."
        : $"The body is not a JSON object as expected, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.";

    private static string SentenceFor(HttpContext context, int status) => status switch
    {
        StatusCodes.Status404NotFound =>
            $"There is nothing at {PlainText.Shorten(context.Request.Path)}; /openapi/v1.json lists what there is.",
        StatusCodes.Status405MethodNotAllowed => $"{PlainText.Shorten(context.Request.Path)} does not answer {context.Request.Method}.",
        StatusCodes.Status413PayloadTooLarge => "The body is longer than 1 MiB; send fewer items.",
        StatusCodes.Status415UnsupportedMediaType => "The body must be JSON, sent as application/json.",
        _ => $"{ReasonPhrases.GetReasonPhrase(status)}.",
    };

    [LoggerMessage(4, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogUnhandled(ILogger log, string method, string path, Exception e);
}
