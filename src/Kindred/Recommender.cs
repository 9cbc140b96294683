using Kindred.Configuration;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Snapshots;

namespace Kindred;

/// <summary>Recommends from the newest snapshot of a folder, or from a trained model in memory. Safe to share between threads.</summary>
public sealed class Recommender : IRecommender, IDisposable
{
    private readonly LiveSnapshot? _snapshots; // null: from memory
    private readonly Served? _served; // null: from snapshots
    private readonly string? _path; // null: whoever gave the snapshots swaps them
    private readonly TrainerCatalog? _trainers;
    private bool _isDisposed;

    private Recommender(LiveSnapshot? snapshots, Served? served, string? path, TrainerCatalog? trainers = null) =>
        (_snapshots, _served, _path, _trainers) = (snapshots, served, path, trainers);

    /// <param name="snapshots">May hold none yet. Closed with the recommender.</param>
    internal Recommender(LiveSnapshot snapshots) : this(snapshots, null, null) { }

    /// <summary>Tells the time where a request does not. To be set before the first request.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>True when there is something to answer from.</summary>
    public bool IsReady => !Volatile.Read(ref _isDisposed) && _snapshots?.HasSnapshot != false;

    /// <summary>
    /// Why newer snapshots in the folder were passed over by <see cref="Open"/>, the newest first: a sentence each, to be logged. Empty
    /// where the newest one answers.
    /// </summary>
    public IReadOnlyList<string> SkippedSnapshots
    {
        get
        {
            using var lease = _snapshots?.TryAcquire();
            return lease?.Snapshot.Skipped ?? [];
        }
    }

    /// <param name="path">
    /// A snapshot, or a folder of snapshots: then the newest one that can be opened; <see cref="SkippedSnapshots"/> names the others.
    /// </param>
    /// <param name="trainers">Knows those of its models; null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <exception cref="InputException">There is no snapshot, or none that is neither damaged nor newer than this version.</exception>
    public static Recommender Open(string path, TrainerCatalog? trainers = null) =>
        new(new LiveSnapshot(Snapshot.Open(path, trainers)), null, path, trainers);

    /// <summary>Answers from memory.</summary>
    /// <param name="data">Whom it knows, and what they had.</param>
    /// <param name="model">Trained on the same data.</param>
    /// <param name="fallback">
    /// Fills lists up where the model has nothing to say, such as <see cref="Popularity"/>; null: they are shorter then.
    /// </param>
    /// <param name="name">What the answer calls the model.</param>
    public static Recommender From(Interactions data, IModel model, IModel? fallback = null, string name = "model")
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(name);
        return new(null, Served.Of(name, data, model, fallback), null);
    }

    /// <summary>Answers from memory.</summary>
    /// <param name="allowRepeats">True: what a user had is recommended again like everything else.</param>
    internal static Recommender From(Interactions data, IModel model, IModel? fallback, string name, bool allowRepeats) =>
        new(null, Served.Of(name, data, model, fallback, allowRepeats), null);

    /// <summary>
    /// Answers from memory as a snapshot of the same will once it is published, but without the index: every item is scored.
    /// </summary>
    /// <exception cref="InputException">The data do not have what the pipeline asks for.</exception>
    public static Recommender From(TrainedRecommender trained)
    {
        ArgumentNullException.ThrowIfNull(trained);
        var (data, model, fallback) = trained;
        if (trained.Pipeline is { } pipeline) return From(data, pipeline.Trained with { Fallback = fallback.Model });
        return model.Manifest.Trainer == fallback.Manifest.Trainer
            ? From(data, model.Model, null, Snapshot.FromFallback, trained.Options.AllowRepeats)
            : From(data, model.Model, fallback.Model, Snapshot.FromModel, trained.Options.AllowRepeats);
    }

    /// <param name="snapshot">Closed by whoever opened it, after the last request.</param>
    internal static Recommender From(Snapshot snapshot) => new(null, Served.Of(snapshot), null);

    /// <summary>Answers from memory.</summary>
    /// <param name="data">Whom it knows, and what they had.</param>
    /// <param name="pipeline">Trained on the same items.</param>
    /// <exception cref="InputException">The data do not have what the pipeline asks for.</exception>
    internal static Recommender From(Interactions data, TrainedPipeline pipeline, string name = "pipeline") =>
        new(null, Served.Of(name, data, pipeline), null);

    /// <summary>Answers from memory.</summary>
    /// <param name="data">Whom it knows, and what they had; its items are those of the pipeline.</param>
    internal static Recommender From(Interactions data, Pipeline pipeline, string name = "pipeline") =>
        new(null, Served.Of(name, data, pipeline), null);

    public Recommendation Recommend(RecommendRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Scenario is { } scenario) throw new UnknownScenarioException(scenario, []);
        using var lease = Acquire(out var served);
        var asked = AskedRequest.Of(served, request, Clock.GetUtcNow(), cancellationToken);
        return asked.AnswerFrom(served.Pipeline.Answer(asked.Query, asked.Count, asked.WhyNot, cancellationToken));
    }

    public async ValueTask<Recommendation> RecommendAsync(RecommendRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Scenario is { } scenario) throw new UnknownScenarioException(scenario, []);
        using var lease = Acquire(out var served);
        var asked = AskedRequest.Of(served, request, Clock.GetUtcNow(), cancellationToken);
        return asked.AnswerFrom(
            await served.Pipeline.AnswerAsync(asked.Query, asked.Count, asked.WhyNot, cancellationToken).ConfigureAwait(false));
    }

    public SimilarItemsAnswer SimilarItems(SimilarItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var lease = Acquire(out var served);
        return AskedSimilarItems.Answer(served, request, cancellationToken);
    }

    /// <summary>The same, for the lists of other users than those of the snapshot: what they had is folded in.</summary>
    /// <param name="guests">With the same items, in the same order.</param>
    /// <exception cref="InputException">The items are others.</exception>
    internal Recommender For(Interactions guests)
    {
        using var lease = Acquire(out var served);
        if (guests.Items.Count != served.Interactions.Items.Count || !guests.Items.BeginsWith(served.Interactions.Items))
            throw new InputException($"The users' data have other items than {served.Id}; publish a snapshot of a model trained on them.");
        return new(null, served with { Interactions = guests, AreGuests = true }, null) { Clock = Clock };
    }

    /// <summary>The lists of many users, a block at a time: see <see cref="RecommendedLists"/>.</summary>
    /// <param name="request">What all users have in common; names no user and no history.</param>
    /// <param name="users">[any], indices; −1 for an unknown user.</param>
    internal void RecommendAll<TScratch>(
        RecommendRequest request, int[] users, int workers, Func<TScratch> createScratch, RecommendedLists.Read<TScratch> read,
        CancellationToken cancellationToken)
    {
        using var lease = Acquire(out var served);
        new RecommendedLists(served, request, Clock.GetUtcNow(), cancellationToken)
            .ForEachBlock(users, workers, createScratch, read, cancellationToken);
    }

    /// <summary>
    /// Opens the newest snapshot of the folder, if that is another one, and answers from it; requests under way keep what they have.
    /// </summary>
    /// <returns>True when another one answers from now on.</returns>
    /// <exception cref="InvalidOperationException">The recommender was not opened from a path.</exception>
    /// <exception cref="InputException">It is damaged, or newer than this version; the present one keeps answering.</exception>
    public bool Refresh()
    {
        if (_path is null)
            throw new InvalidOperationException("Only a recommender that was opened from a path can look for a newer snapshot.");
        return _snapshots!.Refresh(_path, _trainers);
    }

    /// <summary>Requests under way finish; whoever asks from now on gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _isDisposed, true);
        _snapshots?.Dispose();
    }

    private LiveSnapshot.Lease? Acquire(out Served served)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed), this);
        var lease = _snapshots is null ? null : _snapshots.TryAcquire() ?? throw new NoSnapshotException(_snapshots.Absence);
        served = _served ?? Served.Of(lease!.Snapshot);
        return lease;
    }
}
