using System.Text;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Import.Writing;

/// <summary>
/// The lists of many users as a table, best first: <c>model</c> where several are written, <c>user</c>, <c>rank</c>, <c>item</c>,
/// <c>score</c>; see <see cref="RowFile"/>.
/// </summary>
/// <remarks>Users are answered in blocks on several threads, at about the speed of scanning all items for each of them.</remarks>
public sealed class RecommendationFile : IDisposable
{
    // a report takes a lock: not for every block
    private const int UsersBetweenReports = 1024;

    private readonly RowFile _file;
    private readonly bool _namesModels;
    private readonly CancellationToken _cancellation;
    private int _blocks;
    private long _rows;

    private RecommendationFile(RowFile file, bool namesModels, CancellationToken cancellation) =>
        (_file, _namesModels, _cancellation) = (file, namesModels, cancellation);

    /// <summary>Rows written so far.</summary>
    public long Rows => _rows;

    /// <param name="namesModels">Whether there is a column for the model.</param>
    /// <exception cref="InputException">The file's ending says no format, or the place cannot be written to.</exception>
    public static RecommendationFile Create(string path, bool namesModels, CancellationToken cancellationToken = default)
    {
        RowColumn[] columns =
        [
            .. namesModels ? [new("model", CellKind.Text)] : Array.Empty<RowColumn>(),
            new("user", CellKind.Text), new("rank", CellKind.Whole), new("item", CellKind.Text), new("score", CellKind.Number),
        ];
        return new(RowFile.Create(path, columns, cancellationToken), namesModels, cancellationToken);
    }

    /// <summary>Appends the lists of one model.</summary>
    /// <param name="model">What the rows call it.</param>
    /// <param name="data">Whom the recommender knows.</param>
    /// <param name="users">Ids, also of users whom it does not know; null: all whom it knows.</param>
    /// <param name="request">What all users have in common, such as the number of items; names no user and no history.</param>
    /// <param name="workers">Threads. Changes the time, never the rows.</param>
    /// <param name="progress">Told the users done.</param>
    /// <exception cref="InputException">Something in the request cannot be used, or the file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Append(
        string model, Recommender recommender, Interactions data, IReadOnlyList<string>? users, RecommendRequest request, int workers,
        IProgress<TrainingProgress>? progress = null)
    {
        int[] indices = users is null ? [.. Enumerable.Range(0, data.Users.Count)]
            : [.. users.Select(id => data.Users.TryGetIndex(id, out int user) ? user : -1)];
        int done = 0, before = _blocks;
        var encoded = new byte[]?[data.Items.Count]; // made when first needed, by whichever thread
        recommender.RecommendAll(request, indices, workers, _file.NewWriter, (block, first, lists, rows) =>
        {
            Append(model, before + block, lists, n => users is null ? data.Users.Utf8(indices[first + n])
                : Encoding.UTF8.GetBytes(users[first + n]), data.Items, encoded, rows);
            int now = Interlocked.Add(ref done, lists.Count);
            if (now / UsersBetweenReports != (now - lists.Count) / UsersBetweenReports || now == indices.Length)
                progress?.Report(new(now, indices.Length, "user"));
        }, _cancellation);
        _blocks += RecommendedLists.BlocksFor(indices.Length);
    }

    /// <summary>Appends lists that another process made: the same rows as it would have written.</summary>
    /// <param name="data">The users that the lists are for, in order.</param>
    internal void Append(string model, PartitionLists lists, Interactions data)
    {
        var rows = _file.NewWriter();
        var encoded = new byte[]?[data.Items.Count];
        lists.ForEachBlock((block, first, of) =>
        {
            _cancellation.ThrowIfCancellationRequested();
            Append(model, _blocks + block, of, n => data.Users.Utf8(first + n), data.Items, encoded, rows);
        });
        _blocks += RecommendedLists.BlocksFor(data.Users.Count);
    }

    private delegate ReadOnlySpan<byte> IdOf(int list);

    private void Append(string model, int block, RankedLists lists, IdOf user, Vocabulary items, byte[]?[] encoded, RowWriter rows)
    {
        byte[] modelCell = rows.Encode(Encoding.UTF8.GetBytes(model));
        for (int n = 0; n < lists.Count; n++)
        {
            byte[] userCell = rows.Encode(user(n));
            var listed = lists.ItemsOf(n);
            var scores = lists.ScoresOf(n);
            for (int rank = 0; rank < listed.Length; rank++)
            {
                if (_namesModels) rows.Encoded(modelCell);
                rows.Encoded(userCell);
                rows.Whole(rank + 1);
                rows.Encoded(encoded[listed[rank]] ??= rows.Encode(items.Utf8(listed[rank])));
                rows.Number(scores[rank]);
                rows.EndRow();
            }
            Interlocked.Add(ref _rows, listed.Length);
        }
        _file.Append(block, rows);
    }

    /// <summary>Puts the file in its place.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no file.</exception>
    public void Complete() => _file.Complete();

    public void Dispose() => _file.Dispose();
}
