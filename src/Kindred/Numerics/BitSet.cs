using System.Numerics;

namespace Kindred.Numerics;

/// <summary>A set of items out of a catalogue: one bit each. Immutable, shared by all threads.</summary>
public sealed class BitSet
{
    private const int WordItems = 64;

    private readonly ulong[] _words; // [⌈items / 64⌉]; the bits after the last item are 0

    private BitSet(int items, ulong[] words)
    {
        (Items, _words) = (items, words);
        foreach (ulong word in words) Count += BitOperations.PopCount(word);
    }

    /// <summary>How many items there are to be in the set or not.</summary>
    public int Items { get; }

    /// <summary>How many are in the set.</summary>
    public int Count { get; }

    /// <summary>Memory of the bits.</summary>
    public long Bytes => (long)_words.Length * sizeof(ulong);

    public static BitSet None(int items) => new(items, new ulong[WordsOf(items)]);

    public static BitSet All(int items) => None(items).Complement();

    /// <param name="items">How many items there are.</param>
    /// <param name="members">Those in the set, in any order; repeats count once.</param>
    public static BitSet Of(int items, ReadOnlySpan<int> members)
    {
        var words = new ulong[WordsOf(items)];
        foreach (int item in members)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)items, nameof(members));
            words[item / WordItems] |= 1UL << item;
        }
        return new(items, words);
    }

    /// <returns>The items for which the predicate is true. Cost: one call each.</returns>
    public static BitSet Where(int items, Func<int, bool> predicate)
    {
        var words = new ulong[WordsOf(items)];
        for (int item = 0; item < items; item++)
            if (predicate(item)) words[item / WordItems] |= 1UL << item;
        return new(items, words);
    }

    /// <summary>False for an item that the set does not know, such as one that came later.</summary>
    public bool Contains(int item) => (uint)item < (uint)Items && ((_words[item / WordItems] >> item) & 1) != 0;

    /// <summary>The members, ascending.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <returns>What is in both.</returns>
    public BitSet And(BitSet other) => Combine(other, static (a, b) => a & b);

    /// <returns>What is in one of them at least.</returns>
    public BitSet Or(BitSet other) => Combine(other, static (a, b) => a | b);

    /// <returns>What is in this one alone.</returns>
    public BitSet Except(BitSet other) => Combine(other, static (a, b) => a & ~b);

    /// <returns>What is not in it.</returns>
    public BitSet Complement()
    {
        ulong[] words = Array.ConvertAll(_words, word => ~word);
        if (Items % WordItems != 0) words[^1] &= (1UL << Items) - 1;
        return new(Items, words);
    }

    private BitSet Combine(BitSet other, Func<ulong, ulong, ulong> combine)
    {
        if (other.Items != Items) throw new ArgumentException($"One set is of {Items} items, the other of {other.Items}.", nameof(other));
        var words = new ulong[_words.Length];
        for (int n = 0; n < words.Length; n++) words[n] = combine(_words[n], other._words[n]);
        return new(Items, words);
    }

    private static int WordsOf(int items) => (items + WordItems - 1) / WordItems;

    public struct Enumerator
    {
        private readonly BitSet _set;
        private ulong _word;
        private int _at;

        internal Enumerator(BitSet set)
        {
            (_set, _at, Current) = (set, -1, -1);
            _word = 0;
        }

        public int Current { get; private set; }

        public bool MoveNext()
        {
            while (_word == 0)
            {
                if (++_at >= _set._words.Length) return false;
                _word = _set._words[_at];
            }
            Current = (_at * WordItems) + BitOperations.TrailingZeroCount(_word);
            _word &= _word - 1;
            return true;
        }
    }
}
