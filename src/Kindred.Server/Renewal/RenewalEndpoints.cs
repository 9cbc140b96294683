using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Renewal.Readiness;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Renewal;

/// <summary>Trainings and their snapshots: how far, which one is served, and why.</summary>
internal static class RenewalEndpoints
{
    private const int MostJobs = 100, LatestJobs = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/jobs", Jobs).WithOperationId("listJobs").WithTags("renewal").Produces<JobsAnswer>()
            .WithSummary("The latest jobs, newest first");
        routes.MapGetAndHead("/jobs/{id}", JobOf).WithOperationId("getJob").WithTags("renewal").Produces<JobAnswer>()
            .ProducesProblem(StatusCodes.Status404NotFound).WithSummary("A job");
        routes.MapGet("/jobs/events", Events).WithOperationId("watchJobs").WithTags("renewal")
            .Produces<JobsAnswer>(contentType: "text/event-stream")
            .WithSummary("Jobs as they change")
            .WithDescription("Server-sent events until the client leaves: first the latest jobs, then those that changed.");
        routes.MapPost("/jobs/renew", Renew).WithOperationId("renew").WithTags("renewal").Produces<JobAnswer>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .WithSummary("Train a model now")
            .WithDescription("It is judged and served as if it had been time. 409: a training is at work.");
        routes.MapGetAndHead("/doctor", Examination).WithOperationId("doctor").WithTags("renewal").Produces<JsonElement>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Which models the events are enough for, what each is expected to gain over popularity, and about when it pays")
            .WithDescription("The latest report, made by a training or by `kindred doctor`. 404: there is none yet.");
        routes.MapGetAndHead("/tuning", Searches).WithOperationId("listTuning").WithTags("renewal").Produces<TuningAnswer>()
            .WithSummary("Searches for better options, newest first: those of `kindred tune` with this folder as data");
        routes.MapGetAndHead("/snapshots", Snapshots).WithOperationId("listSnapshots").WithTags("renewal").Produces<SnapshotsAnswer>()
            .WithSummary("The snapshots, newest first");
        routes.MapGetAndHead("/snapshots/{id}/promotion", PromotionOf).WithOperationId("getPromotion").WithTags("renewal")
            .Produces<JsonElement>().ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("What the gate found, check by check, and what became of the snapshot");
        routes.MapPost("/snapshots/{id}/promote", Promote).WithOperationId("promote").WithTags("renewal").Produces<SnapshotsAnswer>()
            .Accepts<PromotionRequest>(true, "application/json")
            .WithSummary("Serve a snapshot")
            .WithDescription("The id, or the number at its beginning. One that failed the gate needs \"anyway\". A canary ends.");
        routes.MapPost("/snapshots/rollback", RollBack).WithOperationId("rollBack").WithTags("renewal").Produces<SnapshotsAnswer>()
            .Accepts<PromotionRequest>(true, "application/json")
            .WithSummary("Serve the snapshot that was served before")
            .WithDescription("""
                From then on no model is promoted by itself, until a person promotes one. A canary ends, and so do experiments with an arm
                that the snapshot of now answers for.
                """);
    }

    private static async Task<IResult> Jobs(IStore store, CancellationToken aborted) => TypedResults.Json(
        new JobsAnswer([.. (await store.Jobs.ListAsync(MostJobs, aborted)).Select(JobAnswer.From)]), RenewalJson.Default.JobsAnswer);

    private static async Task<IResult> JobOf(IStore store, string id, CancellationToken aborted) =>
        await store.Jobs.GetAsync(id, aborted) is { } job ? TypedResults.Json(JobAnswer.From(job), RenewalJson.Default.JobAnswer)
            : Problem.Of($"There is no job {PlainText.Shorten(id)}.", StatusCodes.Status404NotFound);

    private static ServerSentEventsResult<JobsAnswer> Events(IStore store, CancellationToken aborted) =>
        TypedResults.ServerSentEvents(Changes(store, aborted));

    private static async IAsyncEnumerable<SseItem<JobsAnswer>> Changes(IStore store, [EnumeratorCancellation] CancellationToken aborted)
    {
        var told = new Dictionary<string, long>();
        bool isFirst = true;
        using var timer = new PeriodicTimer(Interval);
        do
        {
            var jobs = await store.Jobs.ListAsync(LatestJobs, aborted);
            Job[] changed = [.. jobs.Where(job => told.GetValueOrDefault(job.Id) != job.Version)];
            foreach (var job in changed) told[job.Id] = job.Version;
            // The first answer, even without a job, tells the client that it is heard.
            if (changed.Length > 0 || isFirst) yield return new(new([.. changed.Select(JobAnswer.From)]), "jobs");
            isFirst = false;
        }
        while (await timer.WaitForNextTickAsync(aborted));
    }

    private static async Task<IResult> Renew(HttpContext context, RenewalService renewal, AuditTrail audit)
    {
        if (await renewal.StartAsync("By request.") is not { } job)
            return Problem.Of("A model is being trained already; /v1/jobs tells how far it is.", StatusCodes.Status409Conflict);
        await audit.WriteAsync(context, "renew", job.Id);
        return TypedResults.Json(JobAnswer.From(job), RenewalJson.Default.JobAnswer, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> Examination(IStore store, CancellationToken aborted) =>
        await DoctorReport.ReadAsync(store, aborted) is { } json ? TypedResults.Text(json, "application/json", Encoding.UTF8)
            : Problem.Of("There is no report yet; the next training makes one, as does `kindred doctor`.", StatusCodes.Status404NotFound);

    private static JsonHttpResult<TuningAnswer> Searches(LivingFolder folder, TimeProvider clock) => TypedResults.Json(
        new TuningAnswer([.. TuningFolder.List(folder).Select(search => TuningSearchAnswer.From(search, clock.GetUtcNow()))]),
        RenewalJson.Default.TuningAnswer);

    private static async Task<IResult> Snapshots(SnapshotShelf shelf, CancellationToken aborted) => await Answer(shelf, aborted);

    private static async Task<IResult> PromotionOf(SnapshotShelf shelf, string id)
    {
        string file = Path.Combine(shelf.Find(id).Path, Promotion.FileName);
        return File.Exists(file) ? TypedResults.Text(await File.ReadAllTextAsync(file), "application/json", Encoding.UTF8)
            : Problem.Of($"No gate judged {PlainText.Shorten(id)}.", StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Promote(HttpContext context, SnapshotShelf shelf, StoreChanges changes, string id)
    {
        var request = await Read(context);
        await shelf.PromoteAsync(id, AccessControl.KeyOf(context) ?? "anonymous", request.Reason, request.Anyway);
        await changes.CatchUpAsync();
        return await Answer(shelf, default);
    }

    private static async Task<IResult> RollBack(HttpContext context, SnapshotShelf shelf, StoreChanges changes)
    {
        var request = await Read(context);
        await shelf.RollBackAsync(AccessControl.KeyOf(context) ?? "anonymous", request.Reason);
        await changes.CatchUpAsync();
        return await Answer(shelf, default);
    }

    private static async Task<IResult> Answer(SnapshotShelf shelf, CancellationToken cancellation)
    {
        var traffic = await shelf.TrafficAsync(cancellation);
        return TypedResults.Json(
            new SnapshotsAnswer(
                traffic.Served.Snapshot, traffic.Served.IsHeld, [.. shelf.All.Select(s => SnapshotAnswer.From(s, traffic))]),
            RenewalJson.Default.SnapshotsAnswer);
    }

    private static async Task<PromotionRequest> Read(HttpContext context)
    {
        var body = await Body.ReadAsync(context);
        if (body.IsEmpty) return new();
        try
        {
            return JsonSerializer.Deserialize(body.Span, RenewalJson.Default.PromotionRequest) ?? new();
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"The body cannot be read at {PlainText.Shorten(e.Path ?? "$")}; it is an object of reason and anyway.", e);
        }
    }
}
