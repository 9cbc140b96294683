using Kindred.Data;
using Kindred.Import;
using Kindred.Import.Writing;
using Kindred.Numerics;
using Kindred.Retrieval;

namespace Kindred.Cli.Commands;

/// <summary>The most similar items of every item, as rows of a file. Cost: a search for each item, on several threads.</summary>
internal static class NeighbourRows
{
    private const int BlockItems = 64;

    private static readonly RowColumn[] Columns =
    [
        new("item", CellKind.Text), new("rank", CellKind.Whole), new("neighbour", CellKind.Text), new("score", CellKind.Number),
    ];

    /// <returns>Rows written.</returns>
    public static long Write(
        string file, Vocabulary items, SimilarItems similar, int count, int workers, IProgress<ImportProgress> progress,
        CancellationToken cancellation)
    {
        using var rows = RowFile.Create(file, Columns, cancellation);
        long written = 0;
        Blocks.ForEach(items.Count, BlockItems, workers, rows.NewWriter, (block, first, end, writer) =>
        {
            long inBlock = 0;
            for (int item = first; item < end; item++)
            {
                var found = similar.Find(item, count);
                for (int n = 0; n < found.Count; n++)
                {
                    writer.Text(items.Utf8(item));
                    writer.Whole(n + 1);
                    writer.Text(items.Utf8(found[n].Item));
                    writer.Number(found[n].Score);
                    writer.EndRow();
                }
                inBlock += found.Count;
            }
            rows.Append(block, writer);
            progress.Report(new("writing", Interlocked.Add(ref written, inBlock)));
        }, cancellation);
        rows.Complete();
        return written;
    }
}
