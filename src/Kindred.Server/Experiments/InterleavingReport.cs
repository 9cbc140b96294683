using System.ComponentModel;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Interleaving;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>Which arm's items users of interleaved lists chose, on all servers of a store.</summary>
internal sealed record InterleavingReport(
    string Experiment, string Control, string Treatment,
    [property: Description("Lists in which the arms differed.")] long Answers,
    [property: Description("Users and sessions with a credited event: each is one vote.")] long Users,
    [property: Description("Those who chose more of the treatment's items. Absent, as all below: the design does not show it yet.")]
    long? Wins,
    long? Losses,
    [property: Description("Mean vote, −1 to 1: above 0 the treatment is preferred. Absent: there is none yet.")] double? Preference,
    [property: Description("Of its interval; of an always-valid design it holds at all looks together.")] double? Low, double? High,
    double? PValue,
    [property: Description("Users with a vote that a preference of this size needs, of one look.")] double? UsersNeeded,
    [property: Description("Users of both arms whom an A/B test of these events needs to find a change of the margin.")]
    double? UsersOfTwoArms,
    string Summary)
{
    private const int Page = 10_000;

    /// <summary>Users at which the intervals of an always-valid design without planned units are tightest; few are needed.</summary>
    private const int UsualUsers = 100;

    /// <returns>What it holds, for a person.</returns>
    public IReadOnlyList<(string Name, string Value)> Facts()
    {
        static string Count(double? count) => count is { } known ? FormattableString.Invariant($"{known:N0}") : "not known yet";
        return
        [
            ("lists in which the arms differed", Count(Answers)), ("users with a vote", Count(Users)),
            ("preference, −1 to 1", Preference is { } preference
                ? FormattableString.Invariant($"{preference:0.00} ({Low:0.00} to {High:0.00})") : "not known yet"),
            ("users that it needs", Count(UsersNeeded)), ("users an A/B test needs", Count(UsersOfTwoArms)),
        ];
    }

    /// <summary>From what all servers have credited; O(users and sessions that got a list).</summary>
    public static async Task<InterleavingReport> ReadAsync(
        LiveExperiment experiment, IStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        string treatment = experiment.Setup.Experiment.Arms[1].Name;
        var votes = new Dictionary<string, (long Control, long Treatment)>(StringComparer.Ordinal);
        long answers = 0, number = 0;
        while (await store.Experiments.AfterAsync(experiment.Name, number, Page, cancellation) is { Count: > 0 } rows)
        {
            number = rows[^1].Number;
            foreach (var row in rows)
            {
                answers += row.Answers;
                votes.TryAdd(row.Unit, (0, 0));
            }
        }
        foreach (var (unit, arm, events) in await store.Experiments.CreditsAsync(experiment.Name, cancellation))
        {
            var vote = votes.GetValueOrDefault(unit);
            votes[unit] = arm == treatment ? (vote.Control, vote.Treatment + events) : (vote.Control + events, vote.Treatment);
        }
        return Of(experiment, answers, [.. votes.Values], now);
    }

    /// <param name="votes">Of each user or session that got a list, the credited events.</param>
    internal static InterleavingReport Of(
        LiveExperiment experiment, long answers, IReadOnlyList<(long Control, long Treatment)> votes, DateTimeOffset now)
    {
        var design = experiment.Setup.Experiment.Design;
        string control = experiment.Setup.Experiment.Arms[0].Name, treatment = experiment.Setup.Experiment.Arms[1].Name;
        var credits = new InterleavingCredits();
        foreach (var vote in votes) credits.Add(vote.Control, vote.Treatment);
        var report = new InterleavingReport(
            experiment.Name, control, treatment, answers, credits.Users, null, null, null, null, null, null, null, null, "");
        if (design.Kind != DesignKind.AlwaysValid && !experiment.IsOver(now))
            return report with
            {
                Summary = $"The design shows nothing before its {design.Days} days are over; this is day {experiment.DayOf(now) + 1}.",
            };
        var interval = design.Kind == DesignKind.AlwaysValid
            ? credits.Sequence(design.Alpha, design.PlannedUnits ?? UsualUsers) : credits.Interval(design.Alpha);
        static double? Known(double value) => double.IsFinite(value) ? value : null;
        return report with
        {
            Wins = credits.Wins,
            Losses = credits.Losses,
            Preference = Known(credits.Preference),
            Low = Known(interval.Low),
            High = Known(interval.High),
            PValue = Known(interval.PValue),
            UsersNeeded = Known(Math.Ceiling(credits.UsersNeeded(design.Alpha, design.Power))),
            UsersOfTwoArms = Known(TwoArms(experiment, votes)),
            Summary = Sentence(control, treatment, credits, interval, design.Alpha),
        };
    }

    /// <summary>Of an A/B test of the mean of these events by user.</summary>
    private static double TwoArms(LiveExperiment experiment, IReadOnlyList<(long Control, long Treatment)> votes)
    {
        if (votes.Count < 2) return double.NaN;
        double[] events = [.. votes.Select(vote => (double)(vote.Control + vote.Treatment))];
        double mean = events.Average(), variance = events.Sum(count => (count - mean) * (count - mean)) / (events.Length - 1);
        double margin = experiment.Setup.Experiment.Metrics is [var first, ..] ? first.Margin : .01;
        var design = experiment.Setup.Experiment.Design;
        return mean == 0 ? double.NaN : 2 * SampleSize.ForMeans(margin * mean, variance, design.Alpha, design.Power);
    }

    private static string Sentence(
        string control, string treatment, InterleavingCredits credits, ConfidenceInterval interval, double alpha)
    {
        if (credits.Users < 2) return "No two users chose an item of a list in which the arms differed yet.";
        string votes = FormattableString.Invariant($"{credits.Wins} to {credits.Losses} of {credits.Users} users");
        return interval.PValue < alpha
            ? $"Users prefer {(credits.Preference > 0 ? treatment : control)}: {votes}."
            : $"Users do not clearly prefer one order: {votes} chose more of {treatment}'s items.";
    }
}
