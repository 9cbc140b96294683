using CsCheck;
using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class BitSetTests
{
    [Fact]
    public void Sets_are_combined_as_sets_are() => Gen.Select(Gen.Int[0, 200], Gen.ULong).Sample((items, seed) =>
    {
        var rng = new Rng(seed);
        HashSet<int> Draw() => [.. Enumerable.Range(0, items).Where(_ => rng.NextInt(3) == 0)];
        HashSet<int> a = Draw(), b = Draw();
        BitSet setA = BitSet.Of(items, [.. a, .. a]), setB = BitSet.Where(items, b.Contains);
        int[] all = [.. Enumerable.Range(0, items)];
        Assert.Equal(a.Intersect(b).Order(), Members(setA.And(setB)));
        Assert.Equal(a.Union(b).Order(), Members(setA.Or(setB)));
        Assert.Equal(a.Except(b).Order(), Members(setA.Except(setB)));
        Assert.Equal(all.Except(a).Order(), Members(setA.Complement()));
        Assert.Equal(all, Members(BitSet.All(items)));
        Assert.Equal(a.Count, setA.Count);
        Assert.Equal(items - a.Count, setA.Complement().Count);
        Assert.All(all, item => Assert.Equal(a.Contains(item), setA.Contains(item)));
        Assert.False(setA.Contains(items));
        Assert.False(setA.Contains(-1));
    });

    [Fact]
    public void What_cannot_be_in_a_set_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BitSet.Of(3, [3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BitSet.Of(3, [-1]));
        Assert.Throws<ArgumentException>(() => BitSet.All(3).And(BitSet.All(4)));
        Assert.Empty(Members(BitSet.None(0)));
    }

    private static List<int> Members(BitSet set)
    {
        var members = new List<int>();
        foreach (int item in set) members.Add(item);
        return members;
    }
}
