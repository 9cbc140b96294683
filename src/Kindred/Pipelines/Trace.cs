using System.Globalization;
using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Keeps the list of one request as it was before each stage, and tells from that what became of an item.</summary>
internal sealed class Trace(Query query)
{
    private readonly List<(Stage Stage, Candidates Before, Candidates After)> _steps = [];
    private Candidates? _latest;

    /// <summary>To be told the list before the first stage.</summary>
    public void Begin(Candidates candidates) => _latest = candidates.Copy();

    /// <summary>To be told the list after each stage.</summary>
    public void After(Stage stage, Candidates candidates)
    {
        var after = candidates.Copy();
        _steps.Add((stage, _latest!, after));
        _latest = after;
    }

    /// <param name="count">How many items were asked for.</param>
    public ItemTrace StoryOf(int item, int count)
    {
        var first = _steps is [var step, ..] ? step.Before : _latest!;
        int place = first.PlaceOf(item);
        if (place < 0)
            return new(item, 0, query.Allowed?.Contains(item) == false ? "The request does not allow it." : "No source proposed it.", [], []);
        SourceTrace[] sources =
        [
            .. Enumerable.Range(0, first.Sources.Count).Where(n => first.RankIn(place, n) > 0)
                .Select(n => new SourceTrace(first.Sources[n], first.RankIn(place, n), first.SourceScore(place, n))),
        ];
        var stages = new List<StageTrace>();
        foreach (var (stage, before, after) in _steps)
        {
            var story = StoryOf(item, stage, before, after);
            if (story.RankAfter != story.RankBefore || story.ScoreAfter != story.ScoreBefore || story.Reasons.Count > 0) stages.Add(story);
            if (story.RankAfter == 0) return new(item, 0, RemovalBy(story), sources, stages);
        }
        int rank = _latest!.PlaceOf(item) + 1;
        string verdict = rank <= count ? $"Rank {rank}." : string.Create(
            CultureInfo.InvariantCulture, $"Ranked {rank} of {_latest.Count}; {count} were asked for.");
        return new(item, rank, verdict, sources, stages);
    }

    private StageTrace StoryOf(int item, Stage stage, Candidates before, Candidates after)
    {
        int old = before.PlaceOf(item), now = after.PlaceOf(item);
        var reasons = stage.Action is IExplainingStage explaining ? explaining.ReasonsFor(query, before, old) : [];
        return new(stage.Name, old + 1, now + 1, before.Scores[old], now < 0 ? null : after.Scores[now], reasons);
    }

    private static string RemovalBy(StageTrace story) => story.Reasons is [] ? $"Removed by {story.Stage}."
        : $"Removed by {story.Stage}: {string.Join(", ", story.Reasons.Select(reason => reason.What))}.";
}
