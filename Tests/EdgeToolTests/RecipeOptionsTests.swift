import EdgeTool
import Quant
import TestSupport
import Testing

@Suite struct RecipeOptionsTests {
  private func proposed() throws -> Recipe { try Recipe.preset("torchvision") }

  @Test func leavesTheProposedRecipeAlone() throws {
    let recipe = try RecipeOptions().recipe(architecture: "torchvision/resnet50", proposed: proposed())
    #expect(try recipe == proposed())
  }

  @Test func partsReplaceThePresets() throws {
    var options = RecipeOptions()
    options.preset = "keras-caffe"
    options.resize = "256x320"
    options.filter = "lanczos"
    options.size = "192x224"
    options.channels = "rgb"
    options.scale = "2"
    options.mean = "-1,2.5,3"
    options.deviation = "1,2,4"
    options.orientation = "ignore"
    options.background = "255,0,7"
    let recipe = try options.recipe(architecture: "torchvision/resnet50", proposed: proposed())
    #expect(recipe.name == "custom")
    #expect(recipe.resize == .exact(Size2D(height: 256, width: 320)))
    #expect(recipe.filter == .lanczos && recipe.channelOrder == .rgb && recipe.orientation == .ignore)
    #expect(recipe.inputSize == Size2D(height: 192, width: 224))
    #expect(recipe.scale == 2 && recipe.mean == [-1, 2.5, 3] && recipe.deviation == [1, 2, 4])
    #expect(recipe.background == [255, 0, 7])
  }

  @Test func aSizeAloneKeepsThePresetsName() throws {
    var options = RecipeOptions()
    options.preset = "torchvision"
    options.size = "112"
    let recipe = try options.recipe(architecture: "torchvision/resnet50", proposed: proposed())
    #expect(
      recipe.name == "torchvision" && recipe.resize == .shortSide(128) && recipe.inputSize == Size2D(112))
  }

  @Test(arguments: [
    ("resize", "x"), ("resize", "224x"), ("resize", "1x2x3"), ("resize", "0"),
    ("size", "99999999999999999999"),
    ("size", "-4"), ("filter", "sharp"), ("channels", "gbr"), ("scale", "0"), ("scale", "nan"),
    ("mean", "1,2"),
    ("mean", "1,2,inf"), ("mean", "1,,2"), ("std", "1,0,1"), ("orientation", "turn"),
    ("background", "1,2,256"),
    ("background", "0.5,1,1"), ("preset", "none"),
  ])
  func refusesValuesWithoutMeaning(part: String, value: String) throws {
    var options = RecipeOptions()
    switch part {
    case "preset": options.preset = value
    case "resize": options.resize = value
    case "filter": options.filter = value
    case "size": options.size = value
    case "channels": options.channels = value
    case "scale": options.scale = value
    case "mean": options.mean = value
    case "std": options.deviation = value
    case "orientation": options.orientation = value
    default: options.background = value
    }
    let error = try refusal {
      try options.recipe(architecture: "torchvision/resnet50", proposed: proposed())
    }
    #expect(error.kind == .usage)
  }
}
