using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Dashboard;
using Kindred.Server.Ingestion;
using Kindred.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kindred.Server;

/// <summary>
/// Turns whatever else goes wrong, outside of the endpoints or by a fault of ours, into problem+json (RFC 9457) with one sentence. Stack
/// traces go to the log alone.
/// </summary>
internal sealed partial class Problems(RequestDelegate next, ILogger<Problems> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
            {
                var (status, sentence) = (context.Response.StatusCode, SentenceFor(context, context.Response.StatusCode));
                await (IsOfBrowser(context) ? DashboardPage.RefuseAsync(context, status, sentence) : Write(context, status, sentence));
            }
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            bool isClientGone = context.RequestAborted.IsCancellationRequested && e is (IOException or OperationCanceledException);
            if (!isClientGone) await (ProblemOf(context, e)?.ExecuteAsync(context) ?? Unhandled(context, e));
        }
    }

    /// <summary>Someone looks for a page of the dashboard, where the server has one.</summary>
    private static bool IsOfBrowser(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !context.Request.Path.StartsWithSegments("/v1") && context.RequestServices.GetService<BrowserSessions>() is not null;

    private static JsonHttpResult<ProblemDetails>? ProblemOf(HttpContext context, Exception e)
    {
        if (e is not (StoreUnavailableException or QueueFullException)) return Problem.Of(e);
        context.Response.Headers.RetryAfter = "1";
        return Problem.Of(
            e.Message, e is QueueFullException ? StatusCodes.Status429TooManyRequests : StatusCodes.Status503ServiceUnavailable);
    }

    private Task Unhandled(HttpContext context, Exception e)
    {
        // the path itself may name a user
        string path = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "an unknown path";
        LogUnhandled(log, context.Request.Method, path, e);
        return Write(context, StatusCodes.Status500InternalServerError, "The server failed to answer; its log says why.");
    }

    private static Task Write(HttpContext context, int status, string detail) => Problem.Of(detail, status).ExecuteAsync(context);

    private static string SentenceFor(HttpContext context, int status) => status switch
    {
        StatusCodes.Status404NotFound =>
            $"There is nothing at {PlainText.Shorten(context.Request.Path)}; /openapi/v1.json lists what there is"
                + (context.RequestServices.GetService<IStore>() is null
                    ? ", and `kindred serve --data FOLDER` also takes events, users and items." : "."),
        StatusCodes.Status405MethodNotAllowed => $"{PlainText.Shorten(context.Request.Path)} does not answer {context.Request.Method}"
            + (context.Response.Headers.Allow.ToString() is { Length: > 0 } methods
                ? $"; use {methods}." : "."),
        _ => Problem.SentenceFor(status),
    };

    [LoggerMessage(4, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogUnhandled(ILogger log, string method, string path, Exception e);
}
