using Kindred.Data;

namespace Kindred.Models;

/// <summary>Refuses tables of embeddings that no array or no memory of this machine can hold, before anything is computed.</summary>
internal static class TableSize
{
    /// <summary>Tables with a row for each user and for each item.</summary>
    /// <param name="dimensions">d: numbers in a row.</param>
    /// <param name="copies">How many pairs of tables there are at once.</param>
    /// <param name="squares">How many [d, d] matrices there are at once.</param>
    /// <exception cref="InputException">They do not fit.</exception>
    public static void Check(int dimensions, Interactions interactions, int copies = 1, int squares = 0)
    {
        int users = interactions.Users.Count, items = interactions.Items.Count;
        Check(dimensions, Math.Max(users, items), (long)copies * ((long)users + items), squares);
    }

    /// <param name="longest">Rows of the longest table.</param>
    /// <param name="rows">Of all tables at once.</param>
    /// <inheritdoc cref="Check(int, Interactions, int, int)"/>
    public static void Check(int dimensions, int longest, long rows, int squares = 0) =>
        Check(dimensions, longest, rows, squares, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <param name="available">Bytes.</param>
    internal static void Check(int dimensions, int longest, long rows, int squares, long available)
    {
        const double GiB = 1L << 30;
        double needed = sizeof(float) * (((double)rows * dimensions) + ((double)squares * dimensions * dimensions));
        if (needed > available)
        {
            throw new InputException(
                $"Dimensions = {dimensions} needs {needed / GiB:F1} GiB of memory for tables of {rows} rows, and there are "
                + $"{available / GiB:F1}; use fewer dimensions, or leave out rare users and items.");
        }
        const int Reserve = 1024; // rows are padded
        long most = (Array.MaxLength - Reserve) / Math.Max(1, longest);
        if (squares > 0) most = Math.Min(most, (long)Math.Sqrt(Array.MaxLength) - Reserve);
        if (dimensions > most)
            throw new InputException($"Dimensions must be <= {most} with {longest} rows, as one array holds no more, was {dimensions}.");
    }
}
