using Kindred.Models;

namespace Kindred.Server.Live;

/// <summary>Puts items into answers that would not be there by themselves, and counts what was given: exposure contracts.</summary>
internal interface IPlacements
{
    /// <param name="id">Of the answer.</param>
    /// <param name="mayPlace">False: the answer stays as it is, and only counts.</param>
    IPlacement Begin(RecommendRequest request, Guid id, bool mayPlace);
}

/// <summary>What is put into one answer.</summary>
internal interface IPlacement
{
    /// <summary>What was placed: where, from 0, and the expected clicks that are lost; null: nothing.</summary>
    (int Position, double Cost)? Placed { get; }

    /// <param name="usual">The answer without it.</param>
    Recommendation Place(in Query query, Served served, Recommendation usual);

    /// <summary>Counts the items of the answer.</summary>
    /// <param name="isLogged">False: the log was full, so that the answer does not count.</param>
    void Note(IReadOnlyList<RecommendedItem> items, DateTimeOffset time, bool isLogged);
}
