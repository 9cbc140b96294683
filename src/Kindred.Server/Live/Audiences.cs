using System.Runtime.CompilerServices;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Snapshots;

namespace Kindred.Server.Live;

/// <summary>Whom an item suits best, by the model that answers. Users are embedded once for each snapshot, when first asked for.</summary>
internal sealed class Audiences(LiveSnapshot snapshots) : IDisposable
{
    private const int MostUsers = 200_000; // whoever looks waits, and their embeddings take memory

    private readonly ConditionalWeakTable<IModel, Audience> _byModel = [];
    private readonly SemaphoreSlim _work = new(1);

    public void Dispose() => _work.Dispose();

    /// <param name="view">Says who was forgotten.</param>
    /// <returns>Users with scores, best first, or why there are none.</returns>
    public async Task<(IReadOnlyList<(string User, float Score)> Users, string? Reason)> OfAsync(
        LiveView view, string itemId, int size, CancellationToken cancellation)
    {
        using var lease = snapshots.TryAcquire();
        if (lease?.Snapshot is not { } snapshot) return ([], "No model is trained yet.");
        if (snapshot.Model is not IEmbeddingModel model)
            return ([], $"A model of the kind {snapshot.Manifest.Model.Trainer} cannot be asked the other way round: it has no "
                + "embeddings.");
        if (!snapshot.Items.TryGetIndex(itemId, out int item)) return ([], "The model has not learned the item yet.");
        if (snapshot.Users.Count > MostUsers)
            return ([], $"There are more than {MostUsers:N0} users; `kindred audience` finds them without anyone waiting.");
        await _work.WaitAsync(cancellation);
        try
        {
            if (!_byModel.TryGetValue(snapshot.Model, out var audience))
            {
                audience = await Task.Run(() => new Audience(model, snapshot.Interactions, new()), cancellation);
                _byModel.Add(snapshot.Model, audience);
            }
            var members = audience.OfItem(item, 2 * size).Where(member => view.Knows(snapshot.Users.Id(member.User), out _)).Take(size);
            (string, float)[] users = [.. members.Select(member => (snapshot.Users.Id(member.User), member.Score))];
            return users.Length > 0 ? (users, null) : ([], "The model knows nothing of the item.");
        }
        finally
        {
            _work.Release();
        }
    }
}
