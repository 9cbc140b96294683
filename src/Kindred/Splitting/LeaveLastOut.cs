using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>Each user's last events are test, those before them validation; users with too few events stay whole in training.</summary>
/// <remarks>
/// "Last" follows <see cref="Histories"/>: by time, and in the order of the source where times are equal or unknown. Comparable with papers
/// on sequences, but one user's training events can be later than another's test event.
/// </remarks>
public sealed record LeaveLastOut : ISplitter
{
    internal const string NoTimes =
        "The data has no times: a user's last event is the last one in the source, which is meaningful only if the source is in order " +
        "of time.";

    /// <summary>
    /// Events of each user in the test part, and as many in the validation part; users with fewer than 2 · Last + 1 events are not
    /// measured.
    /// </summary>
    public int Last { get; init; } = 1;

    private long Fewest => (2L * Last) + 1;

    public Split Split(Interactions interactions)
    {
        Check();
        var histories = interactions.Histories;
        var starts = histories.Starts.Span;
        var parts = new Part[histories.Count];
        for (int user = 0; user < histories.Users; user++)
        {
            int end = starts[user + 1], count = end - starts[user];
            if (count >= Fewest)
            {
                parts.AsSpan(end - Last, Last).Fill(Part.Test);
                parts.AsSpan(end - (2 * Last), Last).Fill(Part.Validation);
            }
        }
        return Splitting.Split.Of(interactions, parts, ProtocolOf(WholeIn(histories)), histories.HasTimes ? [] : [NoTimes]);
    }

    /// <exception cref="InputException">An option is out of range.</exception>
    internal void Check()
    {
        if (Last < 1) throw new InputException($"Last must be >= 1, was {Last}.");
    }

    /// <returns>How many users have too few events to be measured.</returns>
    internal long WholeIn(Histories histories)
    {
        var starts = histories.Starts.Span;
        long whole = 0;
        for (int user = 0; user < histories.Users; user++)
            if (starts[user + 1] - starts[user] is > 0 and var count && count < Fewest) whole++;
        return whole;
    }

    /// <param name="whole">Users who stay whole in training.</param>
    internal string ProtocolOf(long whole)
    {
        string asked = Last == 1
            ? "Each user's last event is the test event, the one before it the validation event."
            : $"Each user's last {Last} events are the test events, the {Last} before them the validation events.";
        return $"Leave last out. {asked} Users with fewer than {Fewest} events ({whole}) are used for training " +
            $"only. {Splitting.Split.NoRepeats}";
    }
}
