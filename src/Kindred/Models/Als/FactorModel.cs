using Kindred.Data;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Storage;

namespace Kindred.Models.Als;

/// <summary>
/// Factors that another program learned. A user who came with factors has those, unless their history is newer; everyone else is folded in
/// from their history, as <see cref="ImplicitAls"/> would with these items.
/// </summary>
/// <param name="options">Of the folding in; its dimensions are those of the factors.</param>
/// <param name="x">[users, d]; zero: the user came without factors.</param>
/// <param name="y">[items, d]; zero: the item came without factors.</param>
internal sealed class FactorModel(Vocabulary items, ImplicitAls options, Matrix x, Matrix y) : IEmbeddingModel
{
    private readonly ImplicitAlsModel _folding = new(items, options, x, y, Gram.Of(y, options.Unobserved, 1, default), null);

    public Vocabulary Items => items;

    public Matrix ItemEmbeddings => y;

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        if ((uint)query.LearnedUser >= (uint)x.Rows || !x.Row(query.LearnedUser).ContainsAnyExcept(0))
            return _folding.TryEmbed(query, embedding);
        x.Row(query.LearnedUser).CopyTo(embedding);
        return true;
    }

    public void Save(TensorWriter writer)
    {
        TrainerOptions.Save(writer, options);
        writer.Add("x", x);
        writer.Add("y", y);
    }

    public static IModel Load(TensorFile file, Vocabulary items) =>
        new FactorModel(items, TrainerOptions.Load<ImplicitAls>(file), file.Matrix("x"), file.Matrix("y"));
}
