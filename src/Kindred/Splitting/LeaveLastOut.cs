using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>Each user's last events are test, those before them validation; users with too few events stay whole in training.</summary>
/// <remarks>
/// "Last" follows <see cref="Histories"/>: by time, and in the order of the source where times are equal or unknown. Comparable with papers
/// on sequences, but one user's training events can be later than another's test event.
/// </remarks>
public sealed record LeaveLastOut : ISplitter
{
    private const string NoTimes =
        "The data has no times: a user's last event is the last one in the source, which says little unless the source is in order of time.";

    /// <summary>
    /// Events of each user in the test part, and as many in the validation part; users with fewer than 2 · Last + 1 are not asked about.
    /// </summary>
    public int Last { get; init; } = 1;

    public Split Split(Interactions interactions)
    {
        if (Last < 1) throw new InputException($"Last must be >= 1, was {Last}.");
        var histories = interactions.Histories;
        var starts = histories.Starts.Span;
        var parts = new Part[histories.Count];
        long fewest = (2L * Last) + 1;
        int whole = 0;
        for (int user = 0; user < histories.Users; user++)
        {
            int end = starts[user + 1], count = end - starts[user];
            if (count >= fewest)
            {
                parts.AsSpan(end - Last, Last).Fill(Part.Test);
                parts.AsSpan(end - (2 * Last), Last).Fill(Part.Validation);
            }
            else if (count > 0)
            {
                whole++;
            }
        }
        string asked = Last == 1
            ? "the last event of each user is test, the last but one validation"
            : $"the last {Last} events of each user are test, the {Last} before them validation";
        return Splitting.Split.Of(interactions, parts,
            $"Leave last out: {asked}; {whole} {(whole == 1 ? "user" : "users")} with fewer than {fewest} events only in training; " +
            $"{Splitting.Split.NoRepeats}.",
            histories.HasTimes ? [] : [NoTimes]);
    }
}
