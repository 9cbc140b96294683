using System.Numerics;

namespace Kindred.Numerics;

/// <summary>A set of numbers from 0: one bit each. Immutable, shared by all threads.</summary>
internal sealed class BitSet
{
    private const int WordBits = 64;

    private readonly ulong[] _words; // [⌈size / 64⌉]; the bits after the last number are 0

    private BitSet(int size, ulong[] words)
    {
        (Size, _words) = (size, words);
        foreach (ulong word in words) Count += BitOperations.PopCount(word);
    }

    /// <summary>How many numbers there are to be in the set or not.</summary>
    public int Size { get; }

    /// <summary>How many are in the set.</summary>
    public int Count { get; }

    /// <summary>Memory of the bits.</summary>
    public long Bytes => (long)_words.Length * sizeof(ulong);

    public static BitSet None(int size) => new(size, new ulong[WordsOf(size)]);

    public static BitSet All(int size) => None(size).Complement();

    /// <param name="size">How many numbers there are.</param>
    /// <param name="members">Those in the set, in any order; repeats count once.</param>
    public static BitSet Of(int size, ReadOnlySpan<int> members)
    {
        var words = new ulong[WordsOf(size)];
        foreach (int number in members)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)number, (uint)size, nameof(members));
            words[number / WordBits] |= 1UL << number;
        }
        return new(size, words);
    }

    /// <returns>The numbers for which the predicate is true. Cost: one call each.</returns>
    public static BitSet Where(int size, Func<int, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        var words = new ulong[WordsOf(size)];
        for (int number = 0; number < size; number++)
            if (predicate(number)) words[number / WordBits] |= 1UL << number;
        return new(size, words);
    }

    /// <summary>False for a number that the set does not know, such as one that came later.</summary>
    public bool Contains(int number) => (uint)number < (uint)Size && ((_words[number / WordBits] >> number) & 1) != 0;

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
        if (Size % WordBits != 0) words[^1] &= (1UL << Size) - 1;
        return new(Size, words);
    }

    /// <returns>The same of the first so many numbers.</returns>
    internal BitSet Within(int size)
    {
        if (size >= Size) return this;
        ulong[] words = _words[..WordsOf(size)];
        if (size % WordBits != 0) words[^1] &= (1UL << size) - 1;
        return new(size, words);
    }

    private BitSet Combine(BitSet other, Func<ulong, ulong, ulong> combine)
    {
        if (other.Size != Size) throw new ArgumentException($"One set is of {Size} numbers, the other of {other.Size}.", nameof(other));
        var words = new ulong[_words.Length];
        for (int n = 0; n < words.Length; n++) words[n] = combine(_words[n], other._words[n]);
        return new(Size, words);
    }

    private static int WordsOf(int size) => (size + WordBits - 1) / WordBits;

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
            Current = (_at * WordBits) + BitOperations.TrailingZeroCount(_word);
            _word &= _word - 1;
            return true;
        }
    }
}
