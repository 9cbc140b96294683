using System.Globalization;
using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Keeps the list of one request as it was before each stage, and tells from that what became of an item.</summary>
internal sealed class Trace(Query query, SourceRanks ranks)
{
    private readonly List<(Stage Stage, Candidates Before, Candidates After)> _steps = [];
    private Candidates? _latest;

    /// <summary>The stage that drops what the sources were told to leave out already; null: they were told nothing.</summary>
    public string? SeenStage { get; init; }

    /// <summary>To be told the list before the first stage; forgets what it was told before.</summary>
    public void Begin(Candidates candidates)
    {
        _steps.Clear();
        _latest = candidates.Copy();
    }

    /// <summary>To be told the list after each stage.</summary>
    public void After(Stage stage, Candidates candidates)
    {
        var after = candidates.Copy();
        _steps.Add((stage, _latest!, after));
        _latest = after;
    }

    /// <returns>The way of each item of an answer, and of others.</returns>
    /// <param name="items">The answer.</param>
    /// <param name="others">Of interest, such as one that is missed.</param>
    public Explanation Explain(IReadOnlyList<Candidate> items, int count, IReadOnlyList<int> others)
    {
        int[] answered = [.. items.Select(candidate => candidate.Item)];
        return new([.. answered.Select(item => Of(item, count))], [.. others.Except(answered).Select(item => Of(item, count))]);
    }

    private ItemTrace Of(int item, int count)
    {
        var first = _steps is [var step, ..] ? step.Before : _latest!;
        int place = first.PlaceOf(item);
        if (place < 0) return new(item, 0, AbsenceOf(item), [], []);
        SourceTrace[] sources =
        [
            .. Enumerable.Range(0, first.Sources.Count).Where(n => first.RankIn(place, n) > 0)
                .Select(n => new SourceTrace(first.Sources[n], first.RankIn(place, n), first.SourceScore(place, n))),
        ];
        var stages = new List<StageTrace>();
        foreach (var (stage, before, after) in _steps)
        {
            var trace = Of(item, stage, before, after);
            if (trace.RankAfter != trace.RankBefore || trace.ScoreAfter != trace.ScoreBefore || trace.Reasons.Count > 0) stages.Add(trace);
            if (trace.RankAfter == 0) return new(item, 0, RemovalBy(trace), sources, stages);
        }
        int rank = _latest!.PlaceOf(item) + 1;
        string verdict = rank <= count ? $"It is in the list, at rank {rank}." : string.Create(
            CultureInfo.InvariantCulture, $"Ranked {rank} of {_latest.Count}; {count} were asked for.");
        return new(item, rank, verdict, sources, stages);
    }

    private string AbsenceOf(int item) =>
        query.Allowed?.Contains(item) == false ? "The request does not allow it."
        : SeenStage is { } seen && query.History.Span.Contains(item) ? $"Removed by {seen}: the user had it."
        : ranks.SentenceFor(item);

    private StageTrace Of(int item, Stage stage, Candidates before, Candidates after)
    {
        int old = before.PlaceOf(item), now = after.PlaceOf(item);
        bool concerns = stage.Action.HoldsForFallback || !before.IsFromFallback(old);
        var reasons = concerns && stage.Action is IExplainingStage explaining ? explaining.ReasonsFor(query, before, old) : [];
        return new(stage.Name, old + 1, now + 1, before.Scores[old], now < 0 ? null : after.Scores[now], [.. reasons.Select(Finite)]);
    }

    private static Reason Finite(Reason reason) =>
        reason.Amount is { } amount && !double.IsFinite(amount) ? reason with { Amount = null } : reason;

    private static string RemovalBy(StageTrace trace) => trace.Reasons is [] ? $"Removed by {trace.Stage}."
        : $"Removed by {trace.Stage}: {string.Join(", ", trace.Reasons.Select(reason => reason.What))}.";
}
