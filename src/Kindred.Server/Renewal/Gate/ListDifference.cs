using Kindred.Snapshots;

namespace Kindred.Server.Renewal.Gate;

/// <summary>How the lists of two snapshots differ for the same users.</summary>
/// <param name="Users">Asked.</param>
/// <param name="Overlap">Mean share of a list that is in the other one.</param>
/// <param name="ChangedFirst">Share of the users with another first item.</param>
/// <param name="Coverage">Different items in all lists of the candidate; <paramref name="CurrentCoverage"/>: of the served
/// snapshot.</param>
/// <param name="Head">
/// Share of the candidate's places that have one of the most popular tenth of the items; <paramref name="CurrentHead"/>: of the served
/// snapshot's.
/// </param>
internal sealed record ListDifference(
    int Users, double Overlap, double ChangedFirst, int Coverage, int CurrentCoverage, double Head, double CurrentHead)
{
    private const int MostUsers = 1_000, ListLength = 10;

    private const double LeastCoverage = .5;

    /// <summary>Asks both for users whom both know.</summary>
    public static ListDifference Between(Snapshot candidate, Snapshot current, CancellationToken cancellation)
    {
        string[] users =
        [
            .. IntegrityChecks.Sample(candidate.Users.Count, MostUsers).Select(candidate.Users.Id)
                .Where(id => current.Users.TryGetIndex(id, out _)),
        ];
        Recommender mine = Recommender.From(candidate), theirs = Recommender.From(current);
        return Of([.. users.Select(user => (ListOf(mine, user, cancellation), ListOf(theirs, user, cancellation)))], HeadOf(candidate));
    }

    /// <param name="lists">Of each user: the candidate's, and that of the served snapshot.</param>
    /// <param name="head">The most popular items.</param>
    internal static ListDifference Of(IReadOnlyList<(string[] Candidate, string[] Current)> lists, IReadOnlySet<string> head)
    {
        double overlap = 0;
        int changed = 0;
        foreach (var (mine, theirs) in lists)
        {
            int longest = Math.Max(mine.Length, theirs.Length);
            overlap += longest == 0 ? 1 : (double)mine.Intersect(theirs).Count() / longest;
            if (mine.FirstOrDefault() != theirs.FirstOrDefault()) changed++;
        }
        string[] all = [.. lists.SelectMany(pair => pair.Candidate)], current = [.. lists.SelectMany(pair => pair.Current)];
        int users = Math.Max(1, lists.Count);
        return new(
            lists.Count, overlap / users, (double)changed / users, all.Distinct().Count(), current.Distinct().Count(),
            (double)all.Count(head.Contains) / Math.Max(1, all.Length), (double)current.Count(head.Contains) / Math.Max(1, current.Length));
    }

    /// <param name="sameConfiguration">Another configuration gives other lists, which the measurement judges.</param>
    /// <param name="mostChangedFirst">Of the same configuration.</param>
    public IEnumerable<GateCheck> Checks(bool sameConfiguration, double mostChangedFirst)
    {
        if (Users == 0) yield break;
        string Share(double share) => IntegrityChecks.Share(share);
        bool tooMany = sameConfiguration && ChangedFirst > mostChangedFirst;
        yield return new("overlap of the lists", Outcome.Passed,
            $"{Share(Overlap)} of the items of {Users} users' lists are in the served lists too.", Overlap);
        yield return new("first items", tooMany ? Outcome.NeedsPerson : Outcome.Passed,
            $"{Share(ChangedFirst)} of the users get another first item" +
            (tooMany ? $", more than {Share(mostChangedFirst)} although the configuration is the same." : "."),
            ChangedFirst, Limit: sameConfiguration ? mostChangedFirst : null);
        bool isNarrow = Coverage < LeastCoverage * CurrentCoverage;
        yield return new("coverage", isNarrow && sameConfiguration ? Outcome.NeedsPerson : Outcome.Passed,
            $"The lists hold {Coverage} different items; the served ones {CurrentCoverage}.", Coverage,
            Limit: sameConfiguration ? LeastCoverage * CurrentCoverage : null);
        yield return new("popular items", Outcome.Passed,
            $"{Share(Head)} of the places have an item of the most popular tenth; of the served lists {Share(CurrentHead)}.", Head);
    }

    private static string[] ListOf(Recommender recommender, string user, CancellationToken cancellation) =>
        [.. recommender.Recommend(new() { UserId = user, Count = ListLength }, cancellation).Items.Select(item => item.ItemId)];

    private static HashSet<string> HeadOf(Snapshot snapshot)
    {
        var events = new int[snapshot.Items.Count];
        foreach (int item in snapshot.Histories.Items.Span) events[item]++;
        return [.. Enumerable.Range(0, events.Length).OrderByDescending(item => events[item]).Take((events.Length + 9) / 10)
            .Select(snapshot.Items.Id)];
    }
}
