using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Pipelines;

/// <summary>Removes what the user already had, as long as it should not come again.</summary>
internal sealed class ExcludeSeen : IExplainingStage
{
    /// <summary>How long an item stays away after the user's last event with it; null: for good.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>Items that may come again at once, such as food; null: none.</summary>
    public BitSet? Repeatable { get; init; }

    public bool HoldsForFallback => true;

    /// <summary>Whether what was seen stays away whatever it is and whenever it was.</summary>
    internal bool IsForGood => Pause is null && Repeatable is null;

    /// <remarks>
    /// The time is that of the query's context; without it, or without times in the history, what was seen stays away for good.
    /// </remarks>
    public void Apply(in Query query, Candidates candidates)
    {
        if (query.History.IsEmpty) return;
        var seen = SeenBy(query);
        candidates.KeepWhere(place => !seen.Contains(candidates.Items[place]));
    }

    public IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place) =>
        SeenBy(query).Contains(before.Items[place]) ? [new Reason("the user had it")] : [];

    private HashSet<int> SeenBy(in Query query)
    {
        var history = query.History.Span;
        var times = query.Times.Span;
        long? since = Pause is { } pause && query.Context?.Time is { } now ? now - (long)pause.TotalSeconds : null;
        var seen = new HashSet<int>(history.Length);
        for (int n = 0; n < history.Length; n++)
        {
            bool isPast = since is { } start && n < times.Length && times[n] <= start;
            if (!isPast && Repeatable?.Contains(history[n]) != true) seen.Add(history[n]);
        }
        return seen;
    }
}
