using Kindred.Models;
using Kindred.OffPolicy;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Renewal.Gate;

/// <summary>What snapshots would have earned in place of what answered: which answers are asked about.</summary>
/// <param name="Days">Answers of so many last days.</param>
/// <param name="Places">First places of an answer that count.</param>
/// <param name="Event">Events of this type are successes; null: all that count as a sign of interest.</param>
internal sealed record LoggedQuestion(int Days = 14, int Places = 1, string? Event = null)
{
    public const int MostDays = 3_660, MostPlaces = 100;

    /// <summary>Of more answers than this, the newest count.</summary>
    public int MostAnswers { get; init; } = int.MaxValue;

    /// <summary>Of more snapshots than this that could be judged, the newest are.</summary>
    public int MostSnapshots { get; init; } = int.MaxValue;
}

/// <summary>The log of a living server and the snapshots that it can judge.</summary>
internal sealed class OpenQuestion : IDisposable
{
    private readonly IReadOnlyList<Snapshot> _snapshots;

    private OpenQuestion(IReadOnlyList<Snapshot> snapshots, LoggedAnswers log, IReadOnlyList<OtherPolicy> policies) =>
        (_snapshots, Log, Policies) = (snapshots, log, policies);

    public LoggedAnswers Log { get; }

    /// <summary>What is judged.</summary>
    public IReadOnlyList<OtherPolicy> Policies { get; }

    /// <param name="paths">Of the snapshots to judge; none: all of the shelf that have not learned all answers.</param>
    /// <exception cref="InputException">There is nothing to judge, or nothing to judge by.</exception>
    public static async Task<OpenQuestion> OpenAsync(
        LoggedQuestion asked, IReadOnlyList<string> paths, LivingFolder folder, IStore store, SnapshotShelf shelf, TrainerCatalog trainers,
        DateTimeOffset now, CancellationToken cancellation)
    {
        bool isNamed = paths.Count > 0;
        if (!isNamed) paths = [.. shelf.All.Select(one => one.Path)];
        if (paths.Count == 0) throw new InputException($"{folder.Path} has no snapshot to judge.");
        List<Snapshot> snapshots = [];
        try
        {
            foreach (string path in paths) snapshots.Add(Snapshot.Open(path, trainers));
            OtherPolicy[] policies = [.. snapshots.Select(OtherPolicy.Of)];
            var log = await LoggedAnswers.ReadAsync(
                folder, store, now.AddDays(-asked.Days), policies.Min(policy => policy.Learned), asked, cancellation);
            if (log.Count == 0) throw new InputException($"No answer to a known user was logged within {asked.Days} days.");
            if (!isNamed) policies = [.. policies.Where(policy => policy.Learned <= log.Last).Take(asked.MostSnapshots)];
            if (policies.Length == 0)
                throw new InputException("All snapshots have learned what came of all answers; judge an older one, or wait.");
            return new(snapshots, log, policies);
        }
        catch
        {
            foreach (var snapshot in snapshots) snapshot.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var snapshot in _snapshots) snapshot.Dispose();
    }
}
