using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;
using Kindred.Tuning;

namespace Kindred.Server.Renewal;

/// <summary>A job.</summary>
internal sealed record JobAnswer(
    string Id,
    [property: Description("\"renew\": a model is trained.")] string Kind,
    [property: Description("\"waiting\", \"running\", \"succeeded\", \"failed\" or \"cancelled\".")] string State,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    [property: Description("Why it was started, what it is doing (step, share), what it came to (snapshot, served, reason).")]
    JsonElement Detail)
{
    public static JobAnswer From(Job job) => new(
        job.Id, job.Kind, job.State.ToString().ToLowerInvariant(), job.CreatedAt, job.UpdatedAt, JsonElement.Parse(job.Detail));
}

internal sealed record JobsAnswer(IReadOnlyList<JobAnswer> Jobs);

/// <summary>A snapshot.</summary>
internal sealed record SnapshotAnswer(
    string Id,
    [property: Description("Whether it answers now.")] bool IsServed,
    [property: Description("Whether a rollback can return to it.")] bool WasServed,
    [property: Description("What was trained.")] string? Model,
    [property: Description("The last event that it has learned.")] long? Sequence,
    [property: Description("1: popularity; 2: personal models; 3: from a million events on. Absent where the settings name the model.")]
    int? Stage,
    [property: Description("What chose the model.")] string? Why,
    [property: Description("\"passed\", \"needsPerson\", \"failed\" or \"notAnswered\"; absent: no gate judged it.")] string? Verdict,
    [property: Description("The verdict in a sentence.")] string? Reason,
    DateTimeOffset? JudgedAt,
    [property: Description("The running experiment by which some of the users get it; absent: none.")] string? Canary)
{
    public static SnapshotAnswer From(ShelvedSnapshot snapshot, Traffic traffic)
    {
        var (promotion, served) = (snapshot.Promotion, traffic.Served);
        return new(
            snapshot.Id, snapshot.Id == served.Snapshot, served.Previous.Contains(snapshot.Id), promotion?.Model, promotion?.Sequence,
            promotion?.Stage, promotion?.Why, promotion is null ? null : NameOf(promotion.Verdict), promotion?.Reason, promotion?.JudgedAt,
            traffic.Canary is { } canary && canary.Canary!.Snapshot == snapshot.Id ? canary.Name : null);
    }

    public static string NameOf(Outcome outcome) => JsonNamingPolicy.CamelCase.ConvertName($"{outcome}");
}

internal sealed record SnapshotsAnswer(
    [property: Description("The snapshot that answers; absent: none was promoted.")] string? Served,
    [property: Description("After a rollback no model is promoted by itself, until a person promotes one.")] bool IsHeld,
    [property: Description("Newest first.")] IReadOnlyList<SnapshotAnswer> Snapshots);

/// <summary>A search for better options.</summary>
internal sealed record TuningSearchAnswer(
    [property: Description("Its file in the folder tuning.")] string Journal,
    [property: Description("When its last trial ended.")] DateTimeOffset UpdatedAt,
    [property: Description("What is searched and how: trainer, metric, data, ranges, sampler, seed.")] JsonElement Search,
    [property: Description("The first trial: the options that the search was given; absent: it has not ended yet.")] TrialAnswer? Given,
    [property: Description("Absent: none succeeded.")] TrialAnswer? Best,
    [property: Description("By how much the best trial is above the options that were given.")] double? Gain,
    [property: Description("All that ended, by number.")] IReadOnlyList<TrialAnswer> Trials,
    [property: Description("How far it is; absent: it does not run now.")] SearchRunAnswer? Running)
{
    public static TuningSearchAnswer From(TuningSearch search, DateTimeOffset now) => new(
        search.Journal, search.UpdatedAt, JsonElement.Parse(search.Search.ToJsonString()),
        search.Given is { } given ? TrialAnswer.From(given) : null, search.Best is { } best ? TrialAnswer.From(best) : null, search.Gain,
        [.. search.Trials.Select(TrialAnswer.From)],
        search.Run is not { } run ? null
            : new(run.StartedAt, run.Resumed, run.Planned, run.EndsAt, run.Left(search.Trials.Count, now)?.TotalSeconds));
}

/// <summary>How far a search is that runs.</summary>
internal sealed record SearchRunAnswer(
    DateTimeOffset StartedAt,
    [property: Description("Trials that an earlier run of the same search had finished.")] int Resumed,
    [property: Description("Trials in all; absent: as many as the time allows.")] int? Planned,
    [property: Description("It begins no trial later; absent: the number of trials ends it.")] DateTimeOffset? EndsAt,
    [property: Description("About how much longer it takes, by the trials of this run; absent: none has ended yet.")]
    double? SecondsLeft);

/// <summary>One set of options, trained and measured.</summary>
internal sealed record TrialAnswer(
    [property: Description("From 1, the options that the search was given.")] int Number,
    JsonElement Options,
    [property: Description("Higher is better; absent: it failed.")] double? Value,
    double Seconds,
    [property: Description("Why it failed; absent: it did not.")] string? Failure)
{
    public static TrialAnswer From(Trial trial) =>
        new(trial.Number, JsonElement.Parse(trial.Options.ToJsonString()), trial.Value, trial.Seconds, trial.Failure);
}

internal sealed record TuningAnswer([property: Description("Newest first.")] IReadOnlyList<TuningSearchAnswer> Searches);

/// <summary>Why a person promotes or rolls back.</summary>
internal sealed record PromotionRequest
{
    [Description("Kept with the snapshot.")]
    public string? Reason { get; init; }

    [Description("Serve it although it failed the gate.")]
    public bool Anyway { get; init; }
}

/// <summary>The JSON of jobs and snapshots.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobsAnswer))]
[JsonSerializable(typeof(JobAnswer))]
[JsonSerializable(typeof(SnapshotsAnswer))]
[JsonSerializable(typeof(PromotionRequest))]
[JsonSerializable(typeof(TuningAnswer))]
internal sealed partial class RenewalJson : JsonSerializerContext;
