using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.AspNetCore.Endpoints;
using Kindred.Reports;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Kindred.Server.Live;
using Kindred.Server.Renewal.Gate;
using Kindred.Storage;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Experiments;

/// <summary>Experiments of a living server: created, started, read, stopped.</summary>
internal static class ExperimentEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/experiments", List).WithOperationId("listExperiments").WithTags("experiments")
            .Produces<ExperimentsAnswer>().WithSummary("All experiments, newest first");
        routes.MapPost("/experiments", Put).WithOperationId("putExperiment").WithTags("experiments")
            .Accepts<JsonElement>("application/json").Produces<ExperimentStatus>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Create an experiment")
            .WithDescription("""
                An object of experiment (name, arms, metrics, design), treatments (by arm: scenario, snapshot or events), scenario,
                interleaved, trigger, evaluateMinutes and stopOnMismatch. It does not run before it is started; until then it may be written
                again. Of one that runs, traffic and testers can be changed.
                """);
        routes.MapGetAndHead("/experiments/{name}", Get).WithOperationId("getExperiment").WithTags("experiments")
            .Produces<ExperimentStatus>().ProducesProblem(StatusCodes.Status404NotFound).WithSummary("An experiment");
        routes.MapPost("/experiments/{name}/start", Start).WithOperationId("startExperiment").WithTags("experiments")
            .Produces<ExperimentStatus>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Start an experiment").WithDescription("Its design and its salt are fixed from now on.");
        routes.MapPost("/experiments/{name}/stop", Stop).WithOperationId("stopExperiment").WithTags("experiments")
            .Accepts<StopRequest>(true, "application/json")
            .Produces<ExperimentStatus>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Stop an experiment")
            .WithDescription("From the next answers on everyone gets control, on all servers of the store.");
        routes.MapGetAndHead("/experiments/{name}/report", Report).WithOperationId("reportExperiment").WithTags("experiments")
            .Produces<JsonElement>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("What an experiment shows by now")
            .WithDescription("""
                Whether it works, then what its design allows to see, then what to do, as `kindred experiment analyze` says it. With
                `Accept: text/html` a page, unless format says otherwise; of an interleaved experiment which arm's items were chosen.
                """);
        routes.MapGetAndHead("/experiments/{name}/triggered", Triggered).WithOperationId("getTriggeredUsers").WithTags("experiments")
            .Produces<TriggeredShare>().ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("How many users had an answer in which the arms differ")
            .WithDescription("The others cannot show a difference, and make it harder to see.");
    }

    private static async Task<JsonHttpResult<ExperimentsAnswer>> List(
        ExperimentRegistry registry, ExperimentService service, CancellationToken aborted) => TypedResults.Json(
        new ExperimentsAnswer([.. (await registry.ListAsync(aborted)).Select(experiment => Status(experiment, service))]),
        ExperimentsJson.Default.ExperimentsAnswer);

    private static async Task<IResult> Put(
        HttpContext context, ExperimentRegistry registry, ExperimentService service, LiveState state, StoreChanges changes)
    {
        var body = await Body.ReadAsync(context);
        BodyEncoding.CheckText(body.Span);
        var setup = ExperimentSetup.Parse(Encoding.UTF8.GetString(body.Span));
        CheckEligibility(setup, state);
        return await Change(registry.PutAsync(setup, ActorOf(context)), service, changes);
    }

    private static async Task<IResult> Get(
        ExperimentRegistry registry, ExperimentService service, StoreChanges changes, string name, CancellationToken aborted)
    {
        if (await registry.FindAsync(name, aborted) is not { } experiment) return await Unknown(registry, name);
        await changes.CatchUpAsync(aborted); // what is told here holds for the next answer of this server
        return TypedResults.Json(Status(experiment, service), ExperimentsJson.Default.ExperimentStatus);
    }

    private static async Task<IResult> Start(
        HttpContext context, ExperimentRegistry registry, ExperimentService service, LiveState state, StoreChanges changes, string name)
    {
        if (await registry.FindAsync(name) is not { } experiment) return await Unknown(registry, name);
        CheckEligibility(experiment.Setup, state);
        return await Change(registry.StartAsync(name, ActorOf(context)), service, changes);
    }

    private static async Task<IResult> Stop(
        HttpContext context, ExperimentRegistry registry, ExperimentService service, StoreChanges changes, string name)
    {
        if (await registry.FindAsync(name) is null) return await Unknown(registry, name);
        string? reason = context.Request.ContentLength is null or 0 ? null : (await ReadStop(context)).Reason;
        return await Change(registry.StopAsync(name, ActorOf(context), reason, Outcome.NeedsPerson), service, changes);
    }

    private static async Task<IResult> Report(
        HttpContext context, ExperimentRegistry registry, ExperimentService service, InterleavedExperiments interleaved, string name,
        [Description("json or html. Default: as the Accept header says."), AllowedValues("json", "html")] string? format = null)
    {
        var aborted = context.RequestAborted;
        if (format is not (null or "json" or "html"))
            throw new InputException($"There is no format '{PlainText.Shorten(format)}'; there are json and html.");
        if (await registry.FindAsync(name, aborted) is not { } experiment) return await Unknown(registry, name);
        if (experiment.StartedAt is null) throw new InputException($"Experiment '{experiment.Name}' was not started.");
        bool isPage = format == "html" || (format is null
            && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase));
        if (experiment.Setup.Interleaved)
        {
            var votes = await interleaved.ReportAsync(experiment, aborted);
            return isPage ? TypedResults.Text(InterleavingPage.Of(votes), "text/html", Encoding.UTF8)
                : TypedResults.Json(votes, ExperimentsJson.Default.InterleavingReport);
        }
        var report = await service.ReportAsync(experiment, aborted);
        return isPage
            ? TypedResults.Text(OnlineExperimentPage.Of(report), "text/html", Encoding.UTF8)
            : TypedResults.Text(JsonSerializer.Serialize(report, SealedFolder.Json), "application/json", Encoding.UTF8);
    }

    private static async Task<IResult> Change(Task<LiveExperiment> change, ExperimentService service, StoreChanges changes)
    {
        var changed = await change;
        await changes.CatchUpAsync();
        return TypedResults.Json(Status(changed, service), ExperimentsJson.Default.ExperimentStatus);
    }

    internal static void CheckEligibility(ExperimentSetup setup, LiveState state)
    {
        if (setup.Experiment.Eligibility is null) return;
        using var view = state.Acquire();
        ExperimentSet.CheckEligibility(setup.Experiment, view.Served.Interactions);
    }

    private static async Task<IResult> Triggered(
        ExperimentRegistry registry, TriggeredUsers triggered, string name, CancellationToken aborted) =>
        await registry.FindAsync(name, aborted) is { } experiment
            ? TypedResults.Json(await triggered.OfAsync(experiment, aborted), ExperimentsJson.Default.TriggeredShare)
            : await Unknown(registry, name);

    private static async Task<StopRequest> ReadStop(HttpContext context)
    {
        var body = await Body.ReadAsync(context);
        try
        {
            return JsonSerializer.Deserialize(body.Span, ExperimentsJson.Default.StopRequest) ?? new(null);
        }
        catch (JsonException e)
        {
            throw new InputException($"The body cannot be read at {PlainText.Shorten(e.Path ?? "$")}; it is an object of reason.", e);
        }
    }

    private static ExperimentStatus Status(LiveExperiment experiment, ExperimentService service) =>
        ExperimentStatus.From(experiment, service.EvaluatedAt(experiment.Name), service.ConditionProblem(experiment.Name));

    private static string ActorOf(HttpContext context) => AccessControl.KeyOf(context) ?? "anonymous";

    private static async Task<IResult> Unknown(ExperimentRegistry registry, string name) => Problem.Of(
        ExperimentRegistry.Unknown(name, await registry.ListAsync()), StatusCodes.Status404NotFound);
}

/// <summary>Why a person stops an experiment.</summary>
internal sealed record StopRequest([property: Description("Kept with the experiment and in the audit log.")] string? Reason);

/// <summary>An experiment.</summary>
internal sealed record ExperimentStatus(
    string Name,
    [property: Description("\"created\", \"running\" or \"stopped\".")] string State,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? StoppedAt,
    [property: Description("Absent: nobody said why.")] string? StopReason,
    [property: Description("When this server last looked at its guardrails.")] DateTimeOffset? EvaluatedAt,
    [property: Description("Why nobody takes part on this server: the condition does not fit what is served. Absent: it does.")]
    string? ConditionProblem,
    [property: Description("Answers for the arms that name no snapshot, whatever is served by now. Absent: what is served does.")]
    string? ControlSnapshot,
    [property: Description("The snapshot that the gate tries. Absent: it is an experiment of people.")] string? Canary,
    [property: Description("As it was posted, with its salt.")] JsonElement Setup)
{
    public static ExperimentStatus From(
        LiveExperiment experiment, DateTimeOffset? evaluatedAt = null, string? conditionProblem = null) => new(
        experiment.Name, experiment.State.ToString().ToLowerInvariant(), experiment.CreatedAt, experiment.StartedAt, experiment.StoppedAt,
        experiment.StopReason, evaluatedAt, conditionProblem, experiment.ControlSnapshot, experiment.Canary?.Snapshot,
        JsonElement.Parse(SettingJson.Write(experiment.Setup)));
}

internal sealed record ExperimentsAnswer(IReadOnlyList<ExperimentStatus> Experiments);

/// <summary>The JSON of experiments.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExperimentsAnswer))]
[JsonSerializable(typeof(StopRequest))]
[JsonSerializable(typeof(ShipRequest))]
[JsonSerializable(typeof(InterleavingReport))]
[JsonSerializable(typeof(TriggeredShare))]
internal sealed partial class ExperimentsJson : JsonSerializerContext;
