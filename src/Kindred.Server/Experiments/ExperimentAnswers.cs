using Kindred.Models;
using Kindred.Numerics;
using Kindred.OnlineExperiments.Interleaving;
using Kindred.Server.Live;
using Kindred.Store.Exposures;

namespace Kindred.Server.Experiments;

/// <summary>An answer, and the arms that made it.</summary>
/// <param name="Latency">Of this answer alone, without those that it was compared with.</param>
internal sealed record ExperimentAnswer(Recommendation Recommendation, TimeSpan Latency, IReadOnlyList<ExposedArm> Arms)
{
    /// <summary>[items] of an interleaved list: whose item each is, null of neither; null: it is none.</summary>
    public IReadOnlyList<string?>? ArmOf { get; init; }
}

/// <summary>Answers who takes part in experiments. An arm that cannot answer never costs an answer: control's is given.</summary>
internal sealed class ExperimentAnswers(
    RunningExperiments experiments, LiveAnswers answers, LiveState state, SnapshotArms arms, ExposureSums sums, TimeProvider clock)
{
    /// <summary>The arm that exposures of interleaved lists name.</summary>
    public const string InterleavedArm = "interleaved";

    /// <summary>
    /// Where this server lacks the snapshot of an arm, nobody takes part in the experiment: what a server lacks is not a model's fault.
    /// </summary>
    /// <returns>What the user or session takes part in; empty: nothing, as do requests that name neither.</returns>
    public IReadOnlyList<TakenPart> PartsOf(RecommendRequest request)
    {
        var current = experiments.Current;
        if (current.Running.Count == 0 || request.UserId is not { } unit) return [];
        using var view = state.Acquire();
        var parts = current.For(unit, request.Scenario, view.Served.Interactions, ContextOf(request.Context, clock.GetUtcNow()));
        return parts.All(IsPossible) ? parts : [.. parts.Where(IsPossible)];
    }

    public async ValueTask<ExperimentAnswer> AnswerAsync(
        RecommendRequest request, IReadOnlyList<TakenPart> parts, Guid id, bool isBlocking, CancellationToken cancellationToken)
    {
        var interleaved = parts.FirstOrDefault(part => part.Experiment.Setup.Interleaved);
        // of an interleaved list, control's is made as usual
        var served = new ServedArms(
            answers, request, parts.Select(part => part == interleaved ? part with { Arm = part.Experiment.Control } : part), isBlocking,
            cancellationToken);
        long start = clock.GetTimestamp();
        var recommendation = await served.AnswerAsync();
        IReadOnlyList<string?>? armOf = null;
        bool differs = false;
        if (interleaved is not null)
            (recommendation, armOf, differs) = await InterleaveAsync(served, recommendation, interleaved, request, id);
        var latency = clock.GetElapsedTime(start);
        var (now, unit) = (clock.GetUtcNow(), request.UserId!);
        var exposed = new ExposedArm[parts.Count];
        for (int n = 0; n < exposed.Length; n++)
        {
            var part = parts[n];
            bool isTriggered = part == interleaved ? differs : !part.IsForced && await IsTriggered(part, served, recommendation);
            exposed[n] = new(part.Experiment.Name, part == interleaved ? InterleavedArm : part.Arm, isTriggered);
            if (!isTriggered) continue;
            sums.Trigger(part.Experiment.Name, unit);
            sums.Add(
                part with { Arm = exposed[n].Arm }, unit, now, latency.TotalMilliseconds, recommendation.Items.Count == 0,
                served.Failed.Contains(part));
        }
        return new(recommendation, latency, exposed) { ArmOf = armOf };
    }

    /// <summary>What <see cref="AnswerAsync"/> would give, for whoever looks: it counts nowhere.</summary>
    /// <returns>The answer, and the arms that made it.</returns>
    public async ValueTask<Recommendation> PreviewAsync(
        RecommendRequest request, IReadOnlyList<TakenPart> parts, CancellationToken cancellationToken)
    {
        var interleaved = parts.FirstOrDefault(part => part.Experiment.Setup.Interleaved);
        var served = new ServedArms(
            answers, request, parts.Select(part => part == interleaved ? part with { Arm = part.Experiment.Control } : part), false,
            cancellationToken);
        var list = await served.AnswerAsync();
        if (interleaved is not null) (list, _, _) = await InterleaveAsync(served, list, interleaved, request, Guid.CreateVersion7());
        return list with
        {
            Experiments = [.. parts.Select(part =>
                new AnsweredArm(part.Experiment.Name, part == interleaved ? InterleavedArm : part.Arm))],
        };
    }

    private bool IsPossible(TakenPart part) => part.Experiment.Snapshots.All(arms.Has);

    /// <summary>Two captains pick teams; the id of the answer seeds who begins.</summary>
    private static async ValueTask<(Recommendation List, string?[] ArmOf, bool Differs)> InterleaveAsync(
        ServedArms served, Recommendation control, TakenPart part, RecommendRequest request, Guid id)
    {
        var arms = part.Experiment.Setup.Experiment.Arms;
        var treatment = await served.TryAsync(part.Experiment.TreatmentOf(arms[1].Name));
        if (treatment is null) return (WithoutPropensities(control), new string?[control.Items.Count], false);
        var rng = new Rng(BitConverter.ToUInt64(id.ToByteArray(), 8)).Fork("team draft");
        var list = TeamDraft.Interleave(
            [.. control.Items.Select(item => item.ItemId)], [.. treatment.Items.Select(item => item.ItemId)], request.Count, rng);
        var byId = treatment.Items.ToDictionary(item => item.ItemId);
        foreach (var item in control.Items) byId[item.ItemId] = item;
        return (
            WithoutPropensities(control with { Items = [.. list.Select(item => byId[item.Item])] }),
            [
                .. list.Select(item => item.Team switch
                {
                    InterleavingTeam.Control => arms[0].Name,
                    InterleavingTeam.Treatment => arms[1].Name,
                    _ => null,
                }),
            ],
            !ServedArms.IsSame(control, treatment));
    }

    /// <summary>Neither arm knows the propensities of an interleaved list.</summary>
    private static Recommendation WithoutPropensities(Recommendation list) =>
        list with { Items = [.. list.Items.Select(item => item with { Propensity = null })] };

    /// <summary>
    /// Whether the arms could differ for the unit. All arms decide alike, whichever answered: each list is compared with control's, and an
    /// arm that cannot answer differs, for its own units as for those of the other arms.
    /// </summary>
    private async ValueTask<bool> IsTriggered(TakenPart part, ServedArms served, Recommendation given)
    {
        var setup = part.Experiment.Setup;
        if (setup.Trigger == ExposureTrigger.Always || served.Failed.Count > 0 || sums.IsTriggered(setup.Name, served.Unit)) return true;
        string control = part.Experiment.Control;
        var usual = part.Arm == control ? given : await served.TryAsync(part, control);
        foreach (var arm in setup.Experiment.Arms.Skip(1))
        {
            var list = arm.Name == part.Arm ? given : await served.TryAsync(part, arm.Name);
            if (usual is null || list is null || !ServedArms.IsSame(usual, list)) return true;
        }
        return false;
    }

    private static QueryContext ContextOf(RecommendContext? given, DateTimeOffset now)
    {
        var context = new QueryContext { Time = (given?.Time ?? now).ToUnixTimeSeconds(), IsTimeOfClock = given?.Time is null };
        return given is null ? context : context with { Labels = given.Labels, Numbers = given.Numbers };
    }
}

/// <summary>The answers to one request by the arms of experiments.</summary>
/// <param name="parts">That change the answer.</param>
internal sealed class ServedArms(
    LiveAnswers answers, RecommendRequest request, IEnumerable<TakenPart> parts, bool isBlocking, CancellationToken cancellationToken)
{
    private readonly TakenPart[] _parts = [.. parts];

    /// <summary>Parts whose arms could not answer, so that control's answer was given.</summary>
    public IReadOnlyList<TakenPart> Failed { get; private set; } = [];

    public string Unit => request.UserId!;

    public static bool IsSame(Recommendation a, Recommendation b) =>
        a.Items.Select(item => item.ItemId).SequenceEqual(b.Items.Select(item => item.ItemId));

    /// <summary>
    /// By the unit's arms; where one of them cannot, by the others; else by control. What control cannot answer either is the request's
    /// fault.
    /// </summary>
    public async ValueTask<Recommendation> AnswerAsync()
    {
        TakenPart[] treated = [.. _parts.Where(part => !part.Experiment.TreatmentOf(part.Arm).IsNone)];
        if (treated.Length > 0 && await TryAsync(TreatmentWith(null, null), request) is { } answer) return answer;
        if (treated.Length > 1)
            foreach (var part in treated)
            {
                Failed = [part];
                if (await TryAsync(TreatmentWith(null, null), request) is { } others) return others;
            }
        Failed = treated;
        return await answers.AnswerAsync(request, Treatment.None, isBlocking, cancellationToken);
    }

    /// <summary>By another arm of one experiment, to compare lists: without explanations.</summary>
    /// <returns>Null: it cannot answer.</returns>
    public ValueTask<Recommendation?> TryAsync(TakenPart part, string arm) =>
        TryAsync(TreatmentWith(part, arm), request with { Explain = false, Because = false, WhyNot = null });

    /// <summary>By the unit's arms and one more.</summary>
    public ValueTask<Recommendation?> TryAsync(Treatment other) => TryAsync(TreatmentWith(null, null).With(other), request);

    private Treatment TreatmentWith(TakenPart? changed, string? arm) => _parts.Where(part => !Failed.Contains(part)).Aggregate(
        Treatment.None, (all, part) => all.With(part.Experiment.TreatmentOf(part == changed ? arm! : part.Arm)));

    private async ValueTask<Recommendation?> TryAsync(Treatment treatment, RecommendRequest asked)
    {
        try
        {
            return await answers.AnswerAsync(asked, treatment, isBlocking, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return null;
        }
    }
}
