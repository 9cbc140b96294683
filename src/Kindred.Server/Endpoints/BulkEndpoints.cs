using System.Buffers;
using System.ComponentModel;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Ingestion;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Endpoints;

/// <summary>Everything in or out, as streams of JSON lines of any length. What an export wrote, an import reads.</summary>
internal static class BulkEndpoints
{
    private const string Lines = "application/x-ndjson";

    public static void Map(IEndpointRouteBuilder routes)
    {
        Export(routes, "events", Task (HttpContext context, IStore store, [Description("Only events after this one.")] long after = 0) =>
            RecordLines.WriteEventsAsync(store, after, StreamOf(context), context.RequestAborted));
        Export(routes, "users", Task (HttpContext context, IStore store) =>
            RecordLines.WriteEntriesAsync(store.Users, StreamOf(context), context.RequestAborted));
        Export(routes, "items", Task (HttpContext context, IStore store) =>
            RecordLines.WriteEntriesAsync(store.Items, StreamOf(context), context.RequestAborted));
        Import(routes, "events", async (
            HttpContext context, BulkImport import, EventSettingsInUse settings, TimeProvider clock, AuditTrail audit) =>
            await Answer(context, audit, "events", await import.EventsAsync(
                BodyOf(context), new EventReader(settings.Current, clock.GetUtcNow()).Read, context.RequestAborted)));
        Import(routes, "users", async (HttpContext context, BulkImport import, IStore store, AuditTrail audit) =>
            await Answer(context, audit, "users", await import.EntriesAsync(BodyOf(context), store.Users, context.RequestAborted)));
        Import(routes, "items", async (HttpContext context, BulkImport import, IStore store, AuditTrail audit) =>
            await Answer(context, audit, "items", await import.EntriesAsync(BodyOf(context), store.Items, context.RequestAborted)));
    }

    private static void Export(IEndpointRouteBuilder routes, string what, Delegate handler) =>
        routes.MapGet($"/export/{what}", handler).WithOperationId($"export{char.ToUpperInvariant(what[0])}{what[1..]}").WithTags("bulk")
            .Requires(Scope.Admin).Produces(StatusCodes.Status200OK, contentType: Lines)
            .WithSummary($"All {what}, one JSON object a line")
            .WithDescription("A stream; a connection that breaks off has not sent all. The last line of a whole one ends with a newline.");

    private static void Import(IEndpointRouteBuilder routes, string what, Delegate handler) =>
        routes.MapPost($"/import/{what}", handler).WithOperationId($"import{char.ToUpperInvariant(what[0])}{what[1..]}").WithTags("bulk")
            .Requires(Scope.Admin).WithMetadata(new DisableRequestSizeLimitAttribute()).Accepts<object>(Lines)
            .Produces<ImportAnswer>().ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .WithSummary($"Many {what}, one JSON object a line")
            .WithDescription("""
                A stream of any length; gzip if Content-Encoding says so. Lines that cannot be read are rejected by themselves. If the
                connection breaks off, what was read is stored; send it again: what is stored already is not stored twice.
                """);

    private static PipeWriter StreamOf(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        context.Response.ContentType = Lines;
        return context.Response.BodyWriter;
    }

    private static Stream BodyOf(HttpContext context)
    {
        Body.CheckType(context.Request);
        return context.Request.Body;
    }

    private static async Task<JsonHttpResult<ImportAnswer>> Answer(HttpContext context, AuditTrail audit, string what, ImportAnswer answer)
    {
        await audit.WriteAsync(context, $"import-{what}", null, $"{{\"stored\":{answer.Stored}}}");
        return TypedResults.Json(answer, LivingJson.Default.ImportAnswer);
    }
}

/// <summary>What became of the lines of an import.</summary>
internal sealed record ImportAnswer(
    long Stored,
    [property: Description("Events that were stored before.")] long Duplicates,
    [property: Description("Events whose id another event has.")] long Conflicts,
    [property: Description("Lines that cannot be read.")] long Rejected,
    [property: Description("The first 100 conflicts and rejected lines; their index counts all lines, also empty ones, from 0; absent " +
        "when there are none.")]
    IReadOnlyList<Rejection>? Reasons);
