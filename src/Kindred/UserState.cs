using Kindred.Models;
using Kindred.Numerics;

namespace Kindred;

/// <summary>What a server that keeps events knows of who asks, beyond the data that it serves.</summary>
/// <param name="Stored">
/// The user's index, or −1 where the data do not know them, and their history until now: it takes the place of the stored one.
/// </param>
/// <param name="IsKnown">Whether anything is known of the user.</param>
/// <param name="Allowed">[items] What may be recommended at all; null: everything.</param>
/// <param name="Unwanted">Items that this user does not want.</param>
internal sealed record UserState(Query Stored, bool IsKnown, BitSet? Allowed, IReadOnlyList<int> Unwanted);
