using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>Each user's last event is test, the last but one validation; users with fewer than three events stay whole in training.</summary>
/// <remarks>
/// "Last" follows <see cref="Histories"/>: by time, and in the order of the source where times are equal or unknown. Comparable with papers
/// on sequences, but one user's training events can be later than another's test event.
/// </remarks>
public sealed record LeaveLastOut : ISplitter
{
    private const int FewestEvents = 3;

    private const string Leak =
        "Leave-last-out lets the model learn from other users' events that are later than the test event, which leaks the future into it: " +
        "do not take these numbers for those in use; a global time cut avoids that.";

    private const string NoTimes =
        "The data has no times: a user's last event is the last one in the source, which says little unless the source is in order of time.";

    public Split Split(Interactions interactions)
    {
        var histories = interactions.Histories;
        var starts = histories.Starts.Span;
        var parts = new Part[histories.Count];
        int whole = 0;
        for (int user = 0; user < histories.Users; user++)
        {
            int end = starts[user + 1], count = end - starts[user];
            if (count >= FewestEvents)
            {
                parts[end - 1] = Part.Test;
                parts[end - 2] = Part.Validation;
            }
            else if (count > 0)
            {
                whole++;
            }
        }
        return Splitting.Split.Of(interactions, parts,
            "Leave last out: the last event of each user is test, the last but one validation; " +
            $"{whole} {(whole == 1 ? "user" : "users")} with fewer than {FewestEvents} events only in training; {Splitting.Split.NoRepeats}.",
            [histories.HasTimes ? Leak : NoTimes]);
    }
}
