using System.ComponentModel;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Interleaving;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Experiments;

/// <summary>Which arm's items users of interleaved lists chose.</summary>
internal sealed record InterleavingReport(
    string Experiment, string Control, string Treatment,
    [property: Description("Lists of this server in which the arms differed.")] long Answers,
    [property: Description("Users and sessions with a credited event: each is one vote.")] long Users,
    [property: Description("Those who chose more of the treatment's items.")] long Wins,
    long Losses,
    [property: Description("Mean vote, −1 to 1: above 0 the treatment is preferred. Absent: there is none yet.")] double? Preference,
    [property: Description("Of its interval.")] double? Low, double? High, double? PValue,
    [property: Description("Users with a vote that a preference of this size needs.")] double? UsersNeeded,
    [property: Description("Users of both arms whom an A/B test of these events needs to find a change of the margin.")]
    double? UsersOfTwoArms,
    string Summary)
{
    private const int Page = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>Credits events to the lists that they came from. Reads the log of this server, which has its own answers alone.</summary>
    public static async Task<InterleavingReport> ReadAsync(
        LiveExperiment experiment, IStore store, ExposureReader log, DateTimeOffset now, CancellationToken cancellation)
    {
        var (start, end) = (experiment.StartedAt!.Value, experiment.StoppedAt ?? now);
        string control = experiment.Setup.Experiment.Arms[0].Name, treatment = experiment.Setup.Experiment.Arms[1].Name;
        var votes = new Dictionary<string, (long Control, long Treatment)>(StringComparer.Ordinal);
        long answers = 0;
        foreach (var exposure in log.Read(start, end.AddMilliseconds(1)).Where(IsOf))
        {
            answers++;
            if (exposure.UserId is { } unit) votes.TryAdd(unit, (0, 0));
        }
        bool IsOf(Exposure exposure) => exposure.Arms.Any(arm => arm.Experiment == experiment.Name && arm.IsTriggered);
        var settings = await EventSettings.ReadAsync(store, cancellation);
        var sources = new MetricSources(experiment.Setup.Experiment.Metrics);
        bool IsCredited(StoredEvent e) => e.Time >= start && e.Time <= end + Window && (experiment.Setup.Experiment.Metrics.Count == 0
            ? settings.WeightOf(e.Type, e.Time, e.Time) > 0 : sources.For(e.Type).Count > 0);
        long position = await EventsSince.FindAsync(store.Events, start.AddDays(-1), cancellation);
        while (await store.Events.AfterAsync(position, Page, cancellation) is { Count: > 0 } events)
        {
            position = events[^1].Sequence;
            StoredEvent[] credited = [.. events.Where(IsCredited)];
            foreach (var (e, found) in credited.Zip(log.Attribute(credited, Window)))
            {
                if (found is not { Exposure: { UserId: { } unit } exposure, Item.Arm: { } arm } || !IsOf(exposure)) continue;
                var vote = votes.GetValueOrDefault(unit);
                votes[unit] = arm == treatment ? (vote.Control, vote.Treatment + 1) : (vote.Control + 1, vote.Treatment);
            }
        }
        return Of(experiment, control, treatment, answers, [.. votes.Values]);
    }

    private static InterleavingReport Of(
        LiveExperiment experiment, string control, string treatment, long answers, IReadOnlyList<(long Control, long Treatment)> votes)
    {
        var design = experiment.Setup.Experiment.Design;
        var credits = new InterleavingCredits();
        foreach (var vote in votes) credits.Add(vote.Control, vote.Treatment);
        var interval = credits.Interval(design.Alpha);
        static double? Known(double value) => double.IsFinite(value) ? value : null;
        return new(
            experiment.Name, control, treatment, answers, credits.Users, credits.Wins, credits.Losses, Known(credits.Preference),
            Known(interval.Low), Known(interval.High), Known(interval.PValue),
            Known(Math.Ceiling(credits.UsersNeeded(design.Alpha, design.Power))), Known(TwoArms(experiment, votes)),
            Sentence(control, treatment, credits, interval, design.Alpha));
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
