using System.Diagnostics;
using System.Globalization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Retrieval.Indexes;
using Kindred.Snapshots;

namespace Kindred.Server.Renewal.Gate;

/// <summary>Is a snapshot whole, and fast and small enough? Nothing here asks whether it is good.</summary>
internal static class IntegrityChecks
{
    private const int Requests = 1_000, Scored = 100, ListLength = 10;

    private const double LeastOverlap = .9, MostEmpty = .01;

    /// <param name="candidate">To be judged.</param>
    /// <param name="current">What is served now; null: nothing is.</param>
    public static IEnumerable<GateCheck> Run(
        Snapshot candidate, Snapshot? current, RenewalSettings settings, CancellationToken cancellation)
    {
        if (current is not null)
        {
            yield return Cut(candidate.Manifest.Sequence ?? 0, current.Manifest.Sequence ?? 0);
            yield return Overlap("items", candidate.Items, current.Items);
            yield return Overlap("users", candidate.Users, current.Users);
        }
        yield return Finite(candidate);
        yield return Size(new DirectoryInfo(candidate.Path).EnumerateFiles().Sum(file => file.Length), settings.MostMegabytes);
        foreach (var check in DryRun(candidate, settings.MostMilliseconds, cancellation)) yield return check;
        var indexes = candidate.Trained?.Indexes.Values.Select(index => index.Manifest) ?? [];
        foreach (var index in indexes.Append(candidate.Manifest.Index).OfType<IndexManifest>())
            yield return Recall(index, settings.LeastRecall);
    }

    internal static GateCheck Cut(long candidate, long current) => new(
        "events", candidate >= current ? Outcome.Passed : Outcome.Failed,
        candidate >= current ? $"It has learned {candidate - current} events more than the served snapshot."
            : $"It has learned up to event {candidate}, and the served snapshot up to {current}.",
        candidate, Limit: current);

    internal static GateCheck Overlap(string what, Vocabulary candidate, Vocabulary current)
    {
        int kept = 0;
        for (int n = 0; n < current.Count; n++) if (candidate.TryGetIndex(current.Id(n), out _)) kept++;
        double share = current.Count == 0 ? 1 : (double)kept / current.Count;
        bool isFine = share >= LeastOverlap;
        return new(
            $"known {what}", isFine ? Outcome.Passed : Outcome.NeedsPerson,
            $"It knows {Share(share)} of the {what} that the served snapshot knows" +
            (isFine ? "." : $", less than {Share(LeastOverlap)}: were ids changed?"),
            share, Limit: LeastOverlap);
    }

    internal static GateCheck Size(long bytes, double? most)
    {
        double megabytes = bytes / 1e6;
        bool isFine = most is null || megabytes <= most;
        return new(
            "size", isFine ? Outcome.Passed : Outcome.Failed,
            string.Create(CultureInfo.InvariantCulture,
                $"The snapshot has {megabytes:0.0} MB{(most is null ? "" : isFine ? $" of {most} allowed" : $", more than {most}")}."),
            megabytes, Limit: most);
    }

    internal static GateCheck Recall(IndexManifest index, double least)
    {
        bool isFine = index.Recall is null || index.Recall.Mean >= least;
        return new(
            $"recall of the index {index.Kind}", isFine ? Outcome.Passed : Outcome.Failed,
            index.Recall is null ? "It was not measured: the index finds everything." : $"It finds {index.Recall} of the exact answers.",
            index.Recall?.Mean, index.Recall?.Low, index.Recall?.High, least);
    }

    /// <summary>A score that is not a number says that the model cannot score the item, which is allowed; an infinite one is not.</summary>
    private static GateCheck Finite(Snapshot candidate)
    {
        var scores = new float[candidate.Items.Count];
        int infinite = 0;
        foreach (int user in Sample(candidate.Users.Count, Scored))
        {
            candidate.Model.Score(Query.Of(candidate.Interactions, user), scores);
            if (scores.Any(float.IsInfinity)) infinite++;
        }
        return infinite == 0 ? new("finite scores", Outcome.Passed, "All scores are finite.")
            : new("finite scores", Outcome.Failed, $"{infinite} of {Math.Min(Scored, candidate.Users.Count)} users get infinite scores.");
    }

    /// <summary>Asks for known users, and for one unknown user among ten.</summary>
    private static IEnumerable<GateCheck> DryRun(Snapshot candidate, double mostMilliseconds, CancellationToken cancellation)
    {
        candidate.GetReady();
        var recommender = Recommender.From(candidate);
        int[] users = [.. Sample(candidate.Users.Count, Requests)];
        var milliseconds = new List<double>(users.Length);
        int empty = 0;
        for (int n = 0; n < users.Length; n++)
        {
            cancellation.ThrowIfCancellationRequested();
            var request = new RecommendRequest { UserId = n % 10 == 9 ? null : candidate.Users.Id(users[n]), Count = ListLength };
            long start = Stopwatch.GetTimestamp();
            var answer = recommender.Recommend(request, cancellation);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            // A user who had everything that is left gets an empty list, rightly.
            if (answer.Items.Count == 0 && answer.Reason != Recommendation.NothingLeft) empty++;
        }
        milliseconds.Sort();
        double p99 = milliseconds[(int)(.99 * (milliseconds.Count - 1))];
        yield return Latency(p99, mostMilliseconds, milliseconds.Count);
        yield return Empty(empty, milliseconds.Count);
    }

    internal static GateCheck Latency(double p99, double most, int requests) => new(
        "latency", p99 <= most ? Outcome.Passed : Outcome.Failed,
        string.Create(CultureInfo.InvariantCulture,
            $"99 % of {requests} requests took at most {p99:0.0} ms; {most} ms are allowed."),
        p99, Limit: most);

    internal static GateCheck Empty(int empty, int requests)
    {
        double share = (double)empty / requests;
        return new(
            "empty lists", share <= MostEmpty ? Outcome.Passed : Outcome.Failed, $"{empty} of {requests} requests got an empty list.",
            share, Limit: MostEmpty);
    }

    /// <returns>At most so many of the first <paramref name="count"/> numbers, spread evenly; always the same.</returns>
    internal static IEnumerable<int> Sample(int count, int most)
    {
        int size = Math.Min(count, most);
        return Enumerable.Range(0, size).Select(n => (int)((long)n * count / size));
    }

    internal static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#} %");
}
