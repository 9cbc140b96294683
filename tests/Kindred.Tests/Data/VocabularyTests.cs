using System.Text;
using CsCheck;
using Kindred.Data;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Data;

public sealed class VocabularyTests
{
    private static readonly Gen<string[]> GenIds =
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["ab"], 0, 6], Gen.Int.Select(n => n.ToString()))
            .Select(id => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(id)))
            .Array[0, 200].Select(ids => ids.Distinct().ToArray());

    [Fact]
    public void Every_id_has_its_index_and_every_index_its_id() => GenIds.Sample(
        ids =>
        {
            var vocabulary = new Vocabulary(ids);
            Assert.Equal(ids.Length, vocabulary.Count);
            for (int index = 0; index < ids.Length; index++)
            {
                Assert.True(vocabulary.TryGetIndex(ids[index], out int found));
                Assert.Equal(index, found);
                Assert.Equal(ids[index], vocabulary.Id(index));
            }
        },
        iter: 300);

    [Fact]
    public void Unknown_ids_are_not_found() => Gen.Select(GenIds, GenIds).Sample(
        (known, others) =>
        {
            var vocabulary = new Vocabulary(known);
            foreach (string id in others.Except(known))
            {
                Assert.False(vocabulary.TryGetIndex(id, out int index));
                Assert.Equal(-1, index);
            }
        },
        iter: 200);

    [Fact]
    public void Mapped_from_a_file_it_answers_as_in_memory() => GenIds.Sample(
        ids =>
        {
            using var folder = new TemporaryFolder();
            var writer = new TensorWriter();
            new Vocabulary(ids).Save(writer, "ids");
            using (var stream = File.Create(folder.File("f"))) writer.WriteTo(stream);
            using var file = TensorFile.Open(folder.File("f"));
            var mapped = Vocabulary.Load(file, "ids");

            Assert.Equal(ids, Enumerable.Range(0, mapped.Count).Select(mapped.Id));
            Assert.All(ids, id => Assert.True(mapped.TryGetIndex(id, out int index) && mapped.Id(index) == id));
            Assert.False(mapped.TryGetIndex("an id that nobody generated", out _));
            Assert.True(mapped.HasSameIds(new(ids)));
        },
        iter: 50, threads: 1);

    [Fact]
    public void Empty_accented_and_very_long_ids_are_ids()
    {
        string veryLong = new('x', 100_000), almost = veryLong[1..];
        var vocabulary = Small.Ids("", "é", "e\u0301", "日本", "🎬", " ", veryLong);
        for (int index = 0; index < vocabulary.Count; index++)
        {
            Assert.True(vocabulary.TryGetIndex(vocabulary.Id(index), out int found));
            Assert.Equal(index, found); // é in one and in two code points are two ids: ids are not normalized
        }
        Assert.False(vocabulary.TryGetIndex(almost, out _));
        Assert.False(vocabulary.TryGetIndex("É", out _));
    }

    [Fact]
    public void An_empty_vocabulary_knows_nothing()
    {
        var vocabulary = Small.Ids();
        Assert.Equal(0, vocabulary.Count);
        Assert.False(vocabulary.TryGetIndex("", out _));
    }

    [Fact]
    public void A_repeated_id_is_refused_by_name() =>
        Assert.Contains(
            "Id 'b' occurs twice", Assert.Throws<ArgumentException>(() => Small.Ids("a", "b", "c", "b")).Message, StringComparison.Ordinal);

    [Fact]
    public void Same_ids_means_in_the_same_order()
    {
        Assert.True(Small.Ids("a", "b").HasSameIds(Small.Ids("a", "b")));
        Assert.False(Small.Ids("a", "b").HasSameIds(Small.Ids("b", "a")));
        Assert.False(Small.Ids("a", "b").HasSameIds(Small.Ids("a")));
    }

    [Fact]
    public void It_begins_with_another_whose_ids_are_its_first_ones() => GenIds.Sample(
        ids =>
        {
            var whole = new Vocabulary(ids);
            for (int count = 0; count <= ids.Length; count += 1 + (ids.Length / 5)) Assert.True(whole.BeginsWith(new(ids[..count])));
            Assert.False(new Vocabulary(ids).BeginsWith(new([.. ids, "one more, longer than the others"])));
            if (ids.Length > 1) Assert.False(whole.BeginsWith(new([ids[1]])));
            // the same text, cut elsewhere
            Assert.False(new Vocabulary(["ab", "c"]).BeginsWith(new(["a", "bc"])));
        },
        iter: 100);
}
