namespace Kindred.VectorData;

/// <summary>What <see cref="ItemVectors"/> may be searched by besides a vector: an item, to find others like it.</summary>
/// <param name="ItemId">Of an item that the snapshot knows; it is not among the results.</param>
public readonly record struct LikeItem(string ItemId);
