using Kindred.Numerics;

namespace Kindred.Partitions;

/// <summary>
/// A step of the items' solution: each partition adds its users' part to sums in fixed point, item by item, and whoever owns the item makes
/// of the sums what comes next. Steps follow each other; all of them see the tables as the step before left them.
/// </summary>
internal interface IItemStep
{
    /// <summary>Numbers that are summed for an item.</summary>
    int Width { get; }

    /// <summary>[items, …]: the table that <see cref="Finish"/> writes rows of, which every process needs before the next step.</summary>
    Matrix Table { get; }

    /// <summary>Adds the part of one partition's users to the sums of items [first, end).</summary>
    /// <param name="sums">[end − first, <see cref="Width"/>]</param>
    void Add(AlsPartition partition, int first, int end, Span<int> sums);

    /// <summary>Makes the next rows [first, end) of the table of the sums over all partitions.</summary>
    void Finish(int first, int end, ReadOnlySpan<int> sums);
}
