using Kindred.Data;
using Kindred.Models;

namespace Kindred.Cli.Options;

/// <summary>A model that another program learned, among those that are trained to be compared: it stays as it is.</summary>
internal sealed class ImportedModel(string folder, Vocabulary users, IModel model) : ITrainer
{
    public TrainerSummary Summary => new(
        TrainerCatalog.Factors, "factors that another program learned", "", "", Capabilities.Personal | Capabilities.Embeds);

    /// <returns>Named after its folder.</returns>
    /// <exception cref="InputException">It is no model folder, or one that Kindred trained.</exception>
    public static ModelSpec Open(string folder, CommandContext session)
    {
        var opened = ModelFolder.Open(folder, session.Trainers); // its arrays are used until the program ends
        if (opened.Manifest.Trainer != TrainerCatalog.Factors)
            throw new InputException($"{folder} was trained on all of its data, also on what it would be measured on; give --model "
                + $"{opened.Manifest.Trainer} instead, which is trained on the training part.");
        session.Activity.Note($"Warning: {folder} is measured as it is; if it learned from the part that it is measured on, its numbers "
            + "are too good.");
        return new(folder, new ImportedModel(folder, opened.Users, opened.Model));
    }

    public IModel Train(Interactions interactions, TrainingContext context) =>
        model.Items.HasSameIds(interactions.Items) && users.HasSameIds(interactions.Users) ? model
            : throw new InputException($"{folder} is of other users or items than these data; import its factors again with these.");
}
